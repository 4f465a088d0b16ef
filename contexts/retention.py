"""Retention: where a workspace keeps what was said for so many days only, older messages are deleted for good.

Rows go, with all that belongs to them; the log keeps number, type and time of the events that told of them, without
their text. What is still being answered or reviewed stays until that is over. Pinned messages go, too.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from contexts import tombstones, visible
from contexts.knowledge import ContextPolicy
from contexts.models import Conversation, Message, MessageStatus
from project import log
from security import findings

BATCH: Final = 100

Spared = Callable[[UUID], Collection[UUID]]


@dataclass(frozen=True)
class Step:
    """Of one conversation: the messages that were said before a time, and come after a number."""

    conversation: UUID
    before: datetime
    after: int = 0


def sweep(spared: Spared) -> Iterator[int]:
    """How many messages are gone, batch by batch: each a transaction, and a lock on one conversation.

    `spared`: the messages of a conversation that are not over, asked under its lock.
    """
    now = timezone.now()
    for workspace, age in kept().items():
        before = now - age
        findings.fade(workspace, before)
        for conversation in _concerned(workspace, before):
            step: Step | None = Step(conversation, before)
            while step:
                count, step = _take(step, spared)
                if count:
                    yield count


def kept() -> dict[UUID, timedelta]:
    """For how long, by workspace."""
    policies = ContextPolicy.objects.exclude(retention_days=None)
    return {one.workspace_id: timedelta(days=one.retention_days) for one in policies if one.retention_days}


def _concerned(workspace: UUID, before: datetime) -> list[UUID]:
    """Those whose first message is too old: one look at an index for each."""
    first = Message.objects.filter(conversation=OuterRef("pk")).order_by("seq").values("created_at")[:1]
    found = Conversation.objects.filter(workspace=workspace).annotate(began=Subquery(first)).filter(began__lt=before)
    return list(found.order_by("id").values_list("id", flat=True))


@transaction.atomic
def _take(step: Step, spared: Spared) -> tuple[int, Step | None]:
    """How many of the next messages are gone, and where to go on; None at the first page that ends with a young one."""
    conversation = Conversation.objects.get(id=step.conversation)
    log.lock(conversation.stream)
    rows = Message.objects.filter(conversation=conversation, seq__gt=step.after).order_by("seq")
    page = list(rows.only("id", "seq", "status", "visible_to", "created_at")[:BATCH])
    open = set(spared(conversation.id))
    old = [one for one in page if one.created_at < step.before and one.id not in open and not _is_held(one)]
    if old:
        _delete(conversation, old)
    goes_on = len(page) == BATCH and page[-1].created_at < step.before
    return len(old), Step(step.conversation, step.before, page[-1].seq) if goes_on else None


def _delete(conversation: Conversation, old: list[Message]) -> None:
    version = tombstones.forget(conversation, old)
    Message.objects.filter(id__in=[message.id for message in old]).delete()
    told = sum(1 for message in old if not message.visible_to and message.status in visible.KNOWN)
    data = {"version": version, "reason": "retention", "messages": told}
    log.append(conversation.stream, "context.pruned", data, log.About(conversation.workspace_id))


def _is_held(message: Message) -> bool:
    return message.status == MessageStatus.QUARANTINED
