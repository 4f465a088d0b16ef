"""A run's own stream: of its conversation's log what is about the run, from its beginning to its final event."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from dispatch import doors, states
from dispatch.feeds import OVER, Follower
from dispatch.following import HEARTBEAT_SECONDS, follow
from dispatch.frames import Frame
from dispatch.hub import UNREADABLE, Hub
from dispatch.models import Run
from dispatch.wanted import Wanted
from project import log, pools
from project.cursors import Cursor
from project.errors import NotFound
from project.log import Head
from project.models import Event
from security.sessions import Identity

FINISHED: Final = "finished"


@dataclass(frozen=True)
class RunLog:
    """`before`: the `seq` before its first event; `last`: that of its final one, once it is over and as long as that
    is kept.
    """

    run: UUID
    stream: str
    head: Head
    before: int
    over: bool
    last: int | None

    @property
    def part(self) -> Q:
        until = Q(seq__lte=self.last) if self.last is not None else Q()
        return Q(run=self.run, seq__gt=self.before) & until

    def nothing_after(self, cursor: Cursor | None) -> bool:
        """Whether who is there has seen its end. A cursor that is not of this log has not: it gets its reset."""
        if self.last is None:
            return self.over
        return cursor is not None and cursor.epoch == self.head.epoch and self.last <= cursor.seq <= self.head.seq


def find(identity: Identity, id: UUID) -> RunLog:
    """:raises NotFound: foreign and unknown alike."""
    run = Run.objects.only("conversation", "state", "position").filter(id=id).first()
    if run is None:
        raise NotFound()
    stream = doors.check_stream(identity, f"conversation:{run.conversation_id}")
    over = run.state in states.FINAL
    return RunLog(run.id, stream, log.head(stream), run.position - 1, over, _last(run, stream) if over else None)


async def follow_run(
    hub: Hub, follower: Follower, its: RunLog, after: Cursor | None
) -> AsyncGenerator[Frame | None, None]:
    """As `follow()`, of one run, until its final event: then the follower's end is `finished`.

    Which types its client wants is looked at here: the final event is the end though it may not be wanted.
    """
    wants, follower.wanted = _filter(its.run, follower.wanted), None
    shown_at = time.monotonic()
    async with aclosing(follow(hub, follower, its.stream, after, its.before)) as frames:
        async for frame in frames:
            quiet = time.monotonic() - shown_at >= HEARTBEAT_SECONDS  # others may never let it come to a heartbeat
            if frame is None or quiet or wants(frame):
                shown_at = time.monotonic()
                yield frame if frame and wants(frame) else None
            if frame and (reason := await _end(frame, its.run)):
                follower.end(reason)
            del frame


def _last(run: Run, stream: str) -> int | None:
    own = Event.objects.filter(stream_id=stream, seq__gte=run.position, run=run.id, type=states.EVENT[run.state])
    seq: int | None = own.order_by("seq").values_list("seq", flat=True).first()
    return seq


def _filter(run: UUID, wanted: Wanted | None) -> Callable[[Frame], bool]:
    def wants(frame: Frame) -> bool:
        shown = frame.run == run and (wanted is None or frame.type in wanted)
        return shown or frame.type.startswith("stream.")

    return wants


async def _end(frame: Frame, run: UUID) -> str | None:
    """Why nothing follows on a frame, if so: it is the final event, or a reset that may have passed over that."""
    if frame.type != "stream.reset":
        return FINISHED if frame.run == run and frame.type in OVER else None
    try:
        return FINISHED if await pools.streams.run(_is_over, run) else None
    except UNREADABLE:
        return "unavailable"


def _is_over(run: UUID) -> bool:
    return not Run.objects.filter(id=run).exclude(state__in=states.FINAL).exists()
