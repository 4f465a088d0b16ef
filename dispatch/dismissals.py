"""An expert that is deleted: what it has not ended fails at once, and the rest keeps its name."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db import transaction

from dispatch import delegation_ends, delegation_states
from dispatch.delegation_models import Delegation
from integrations import roster
from integrations.models import Expert
from project import log

REASON: Final = "expert_removed"
DETAIL: Final = "The expert was removed."
AT_ONCE: Final = 100


def dismiss(expert: Expert, by: UUID | None) -> int:
    """Delete it. Returns how many delegations were open. Switched off first: it is given nothing new meanwhile."""
    Expert.objects.filter(id=expert.id).update(enabled=False)
    ended = sum(_fail(id, stream) for id, stream in _open(expert))
    Expert.objects.filter(id=expert.id).delete()
    roster.tell(expert, "deleted", by)
    return ended


def _open(expert: Expert) -> Iterator[tuple[UUID, str]]:
    """In batches; each is ended before the next is read."""
    last: UUID | None = None
    while True:
        rows = Delegation.objects.filter(expert=expert.id, state__in=delegation_states.OPEN).select_related(
            "conversation"
        )
        batch = list((rows.filter(id__gt=last) if last else rows).order_by("id")[:AT_ONCE])
        if not batch:
            return
        yield from ((one.id, one.conversation.stream) for one in batch)
        last = batch[-1].id


def _fail(id: UUID, stream: str) -> bool:
    with transaction.atomic():
        log.lock(stream)
        found = delegation_ends.found(id)
        return found is not None and delegation_ends.fail(found, REASON, DETAIL)
