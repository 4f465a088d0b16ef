"""Retention with regard to runs: what is not answered yet is not too old."""

from collections.abc import Collection, Iterator
from uuid import UUID

from contexts import retention
from dispatch import states
from dispatch.models import Run


def retire() -> Iterator[int]:
    """How many messages are gone, batch by batch."""
    return retention.sweep(_unfinished)


def _unfinished(conversation: UUID) -> Collection[UUID]:
    open = Run.objects.filter(conversation=conversation, state__in=list(states.TRANSITIONS))
    return set(open.values_list("message", flat=True))
