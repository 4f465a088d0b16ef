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

UNACKNOWLEDGED: Final = 256
HOLD_SECONDS: Final = 0.25  # most clients read and acknowledge sooner, and need nothing read twice


class NotSent(BadRequest):
    code = "not_sent"
    title = "Nothing with this id has been sent"


class Window(Follower):
    def __init__(self, after: Cursor | None = None, reader: Reader = EVERYBODY, wanted: Wanted | None = None) -> None:
        super().__init__(reader, wanted)
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

    async def room(self) -> bool:
        """Wait until one more may be pushed. False when the client has acknowledged nothing for too long."""
        return await happens(self._room, settings.ACK_SECONDS)

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
