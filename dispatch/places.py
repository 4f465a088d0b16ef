"""Where a run stands in its conversation: which of the open runs it waits for."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from contexts.models import Message
from dispatch.models import Run, RunState

OPEN: Final = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class Place:
    """Of a new run. `ahead`: how many open runs it waits for; `parallel`: it never waits for any."""

    ahead: int = 0
    parallel: bool = False


def open_in(conversation: UUID) -> int:
    """How many runs of the conversation are queued or running."""
    return Run.objects.filter(conversation_id=conversation, state__in=OPEN).count()


def unanswered(message: Message) -> list[UUID]:
    """The later messages of its conversation whose turn has not come, or is not over."""
    later = Run.objects.filter(conversation_id=message.conversation_id, state__in=OPEN, message__seq__gt=message.seq)
    return list(later.values_list("message_id", flat=True))


def before(conversation: UUID, position: int) -> int:
    """How many open runs a new one at `position` waits for."""
    return _ahead_of(position).filter(conversation_id=conversation).count()


def unblocked(queued: QuerySet[Run]) -> QuerySet[Run]:
    """Those that wait for no other run of their conversation."""
    ahead = _ahead_of(OuterRef("position")).filter(conversation=OuterRef("conversation"))
    return queued.filter(Q(parallel=True) | ~Exists(ahead))


def ahead_of(run: Run) -> int:
    """How many open runs of its conversation a queued run waits for."""
    if run.parallel:
        return 0
    return before(run.conversation_id, run.position)


def _ahead_of(position: int | F) -> QuerySet[Run]:
    """A later parallel run is not waited for: under a policy that lets them in they may never cease to come.

    Both states are named first: only so SQLite finds them by the index.
    """
    alone = Q(state=RunState.RUNNING, parallel=False)
    return Run.objects.filter(Q(position__lt=position) | alone, state__in=OPEN)
