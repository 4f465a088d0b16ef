"""A follower whose client only listens: nothing but its own reading says that it is still there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from dispatch.feeds import Follower
from dispatch.run_events import FINISHED
from dispatch.sockets import FAREWELL_SECONDS
from dispatch.wanted import Wanted
from project.readers import Reader

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Listener(Follower):
    def __init__(self, reader: Reader, wanted: Wanted | None) -> None:
        super().__init__(reader, wanted)
        self._until: float | None = None
        self._limit = asyncio.timeout(None)
        self._writing = False

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Around all that is written. One timer for the whole stream: to make one for each frame took a third of what
        a frame costs.

        :raises TimeoutError: out of a `write()` that took too long after the end.
        """
        async with self._limit:
            yield

    async def write(self, send: Send, message: dict[str, Any]) -> None:
        """A slow client has a moment for what is left when its stream is ended."""
        self._writing = True
        if self._until is not None:
            self._limit.reschedule(self._until)
        try:
            await send(message)
        finally:
            self._writing = False
        if self._until is not None:
            self._limit.reschedule(None)

    def end(self, reason: str) -> None:
        super().end(reason)
        if self._until is None and reason != FINISHED:  # that takes nothing away from it
            self._until = asyncio.get_running_loop().time() + FAREWELL_SECONDS
            if self._writing:
                self._limit.reschedule(self._until)
