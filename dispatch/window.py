"""A follower on a socket. Its client acknowledges what it took: only so many events are on their way at a time.

What has been written to a connection may lie in buffers that nobody sees. Past the limit nothing is pushed, and what
happens meanwhile is read from the log once there is room again.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings

from dispatch.feeds import Follower
from dispatch.frames import Frame
from dispatch.wanted import Wanted
from project.cursors import Cursor
from project.errors import BadRequest
from project.readers import EVERYBODY, Reader
from project.waiting import happens

TOO_SLOW: Final = "too_slow"
UNACKNOWLEDGED: Final = 256
HOLD_SECONDS: Final = 0.25  # most clients read and acknowledge sooner, and need nothing read twice


class NotSent(BadRequest):
    code = "not_sent"
    title = "Nothing with this id has been sent"


class Window(Follower):
    """`writing`: held by whoever writes to the socket; one at a time does."""

    def __init__(
        self,
        after: Cursor | None = None,
        reader: Reader = EVERYBODY,
        wanted: Wanted | None = None,
        writing: asyncio.Lock | None = None,
    ) -> None:
        super().__init__(reader, wanted)
        self._writing = writing or asyncio.Lock()
        self._has_turn = False
        self._last = after
        self._open: deque[int] = deque()
        self._room = asyncio.Event()
        self._room.set()

    def note(self, frame: Frame) -> None:
        """It was pushed."""
        self._last = frame.cursor or self._last
        if frame.stored:
            self._open.append(frame.seq)
            if len(self._open) >= UNACKNOWLEDGED and self.ended is None:
                self._room.clear()

    def acknowledge(self, cursor: Cursor) -> int:
        """Take note that the client has everything up to a cursor. How many events it has not acknowledged yet.

        :raises NotSent: when the cursor is not that of something that was pushed.
        """
        last = self._last
        if last is None or cursor.epoch != last.epoch or cursor.seq > last.seq:
            raise NotSent(f"The last id sent on this subscription is {last}." if last else "")
        while self._open and self._open[0] <= cursor.seq:
            self._open.popleft()
        if len(self._open) < UNACKNOWLEDGED:
            self._room.set()
        return len(self._open)

    async def turn(self) -> None:
        if not self._has_turn:
            with self.letting_go():
                await self._writing.acquire()
            self._has_turn = True

    def done(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._writing.release()

    async def room(self) -> None:
        """A client that acknowledges nothing for too long is sent away."""
        if self._room.is_set():
            return
        with self.letting_go():
            if not await happens(self._room, settings.ACK_SECONDS):
                self.end(TOO_SLOW)

    @contextmanager
    def letting_go(self) -> Iterator[None]:
        """For a while that may be long: a socket has many subscriptions, and none should hold events meanwhile."""
        timer = asyncio.get_running_loop().call_later(HOLD_SECONDS, self.halt)
        try:
            yield
        finally:
            timer.cancel()
            self.resume()

    def end(self, reason: str) -> None:
        super().end(reason)
        self._room.set()
