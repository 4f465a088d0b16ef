"""Following a log: join, read, wait, in that order, so that no event falls in between."""

import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

from dispatch import frames, news
from dispatch.feeds import Feed, Follower
from dispatch.frames import Frame
from dispatch.hub import UNREADABLE, Hub
from dispatch.news import Page
from dispatch.wanted import DELTA
from project import log, pools
from project.cursors import Cursor, Place

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 15.0
# What another process showed is heard here at once, else read from the checkpoint, a second old, at the next look.
BEHIND_SECONDS: Final = 5.0


async def follow(
    hub: Hub, follower: Follower, stream: str, after: Cursor | None, start: int = 0
) -> AsyncGenerator[Frame | None, None]:
    """Every frame of a stream after a cursor, without end. None is a heartbeat: nothing happened for a while.

    Without a cursor it begins after the `seq` of `start`, or with the oldest event that is kept.
    Begins with `stream.ready`; `stream.reset` follows when the cursor cannot be honoured. Ends with `stream.end` once
    `follower.end(reason)` is called, by the server's stop, a guard or the transport, or when the rows cannot be read.
    """
    try:
        async with hub.joined(stream, follower) as feed:
            position, opening = await _begun(feed, follower, after, start)
            for first in opening:
                yield first
            async for frame in position.frames():
                yield frame
                del frame  # here and below: while it waits for the next, it holds none
                if follower.ended:
                    break
    except UNREADABLE:
        logger.warning("a log could not be read; its follower is sent away")
        follower.end("unavailable")
    yield frames.end(stream, follower.ended or "")


async def _begun(
    feed: Feed, follower: Follower, after: Cursor | None, start: int
) -> tuple["_Position", tuple[Frame, ...]]:
    """Where it begins, and what it begins with."""
    head = await _head(feed, after)
    position = _Position(feed, follower, after, start)
    reason = _refusal(after, head) or await position.look()
    ready = frames.ready(feed.stream, head, resumed=after is not None and reason is None)
    if not reason:
        return position, (ready,)
    return _Position(feed, follower, head, start), (ready, frames.reset(feed.stream, head, reason))


class _Position:
    """How far one client is: the last durable event it was sent, and its place in unfinished answers."""

    def __init__(self, feed: Feed, follower: Follower, after: Cursor | None, start: int) -> None:
        self._feed, self._follower, self._seq = feed, follower, after.seq if after else start
        place = after.place if after else None
        self._places = {place.message: place} if place else dict[UUID, Place]()
        self._patient_until = time.monotonic() + BEHIND_SECONDS if place else 0.0
        self._bound = after is not None  # to what it has: a gap behind that is told
        self._read: Page | None = None
        self._known = 0  # the last of the page that was read

    async def look(self) -> str | None:
        """Read the first page. Why the cursor cannot be honoured, if so: rows right behind it are gone."""
        if self._up_to_date:
            return None
        self._read = await self._next()
        return "pruned" if self._read is None else None

    @property
    def _up_to_date(self) -> bool:
        """Nothing is left to read: what this process reads from now on comes into the mailbox."""
        return self._seq == self._feed.seq

    async def frames(self) -> AsyncGenerator[Frame | None, None]:
        async for frame in self._catch_up():
            yield frame
            del frame
        while self._follower.ended is None:
            patient = time.monotonic() < self._patient_until
            async for frame in self._pieces(patient):
                yield frame
                del frame
            self._follower.done()
            happened = await self._follower.wait(BEHIND_SECONDS if patient else HEARTBEAT_SECONDS)
            if not happened and not patient:
                yield None
            async for frame in self._news():
                yield frame
                del frame

    async def _pieces(self, patient: bool) -> AsyncGenerator[Frame, None]:
        """Of unfinished answers, while all events were sent: else a piece's cursor would pass over some, or go back."""
        who = self._follower
        pieces = self._feed.unfinished(self._places, who.reader, patient)
        while self._feed.answers and who.wants(DELTA) and self._up_to_date and who.ended is None:
            await who.turn()
            if not self._up_to_date or who.ended or (piece := next(pieces, None)) is None:
                return
            yield piece
            del piece

    async def _news(self) -> AsyncGenerator[Frame, None]:
        """What the hub put into the mailbox; from the rows where it ran over."""
        behind = self._follower.behind
        waiting = self._follower.take()
        if behind:
            waiting.clear()
        async for frame in self._each(waiting, heard=True):
            yield frame
            del frame
        if self._seq < self._feed.seq:
            async for frame in self._catch_up():
                yield frame
                del frame

    async def _catch_up(self) -> AsyncGenerator[Frame, None]:
        while self._follower.ended is None and (self._read or not self._up_to_date):
            page, self._read = self._read or await self._next(), None
            if page is None:
                self._follower.end("pruned")
                return
            async for frame in self._each(page.frames):
                yield frame
                del frame
            if not page.more and self._seq >= self._known:  # else a halt took the rest
                return

    async def _each(self, waiting: deque[Frame], heard: bool = False) -> AsyncGenerator[Frame, None]:
        """Those that its client gets; of what was `heard` only the very next, for the rest is in the rows.

        None is in hand while it waits for its turn: a halt takes them all. The turn is kept then, so that of what is
        read anew one is sent at least.
        """
        who = self._follower
        while waiting and who.ended is None:
            if heard and waiting[0].seq not in (0, self._seq + 1):
                waiting.popleft()
            elif not waiting[0].payload:
                self._pass(waiting.popleft())
                who.done()
            else:
                await who.turn()
                if waiting and who.ended is None:
                    self._pass(waiting[0])
                    yield waiting.popleft()
                    await who.room()

    async def _next(self) -> Page | None:
        """None when the rows right behind this position are gone."""
        known, at, who = self._feed.seq, Cursor(self._feed.epoch, self._seq), self._follower
        page = await pools.streams.run(news.page, self._feed.stream, at, who.reader, who.wanted)
        first = page.frames[0].seq if page.frames else known + 1
        if self._bound and first > self._seq + 1:
            return None
        who.held, self._known = page.frames, page.frames[-1].seq if page.frames else self._seq
        return page

    def _pass(self, frame: Frame) -> None:
        self._seq, self._bound = frame.seq or self._seq, True


async def _head(feed: Feed, after: Cursor | None) -> Cursor:
    """From the rows where the cursor knows more than this process has read: another one may have shown it."""
    if _refusal(after, feed.head) == "future":
        return (await pools.streams.run(log.head, feed.stream)).cursor()
    return feed.head


def _refusal(after: Cursor | None, head: Cursor) -> str | None:
    """Why a well-formed cursor cannot be honoured, if so."""
    if after is None:
        return None
    if after.epoch != head.epoch:
        return "epoch"
    return "future" if after.seq > head.seq else None
