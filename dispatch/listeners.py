"""A follower whose client only listens: nothing but its own reading says that it is still there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dispatch.feeds import Follower
from dispatch.run_events import FINISHED
from dispatch.sockets import FAREWELL_SECONDS
from dispatch.wanted import Wanted
from project.readers import Reader


class Listener(Follower):
    def __init__(self, reader: Reader, wanted: Wanted | None) -> None:
        super().__init__(reader, wanted)
        self._until: float | None = None
        self._writing: asyncio.Timeout | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Meanwhile its client is written to. A slow one has a moment for what is left when its stream is ended.

        :raises TimeoutError: when that is over.
        """
        async with asyncio.timeout_at(self._until) as self._writing:
            try:
                yield
            finally:
                self._writing = None

    def end(self, reason: str) -> None:
        super().end(reason)
        if self._until is None and reason != FINISHED:  # that takes nothing away from it
            self._until = asyncio.get_running_loop().time() + FAREWELL_SECONDS
            if self._writing:
                self._writing.reschedule(self._until)
