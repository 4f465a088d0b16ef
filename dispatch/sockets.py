"""One signed-in socket, and the streams that it follows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from dispatch import frames
from dispatch.following import follow
from dispatch.guard import Watch
from dispatch.live import live
from dispatch.wanted import Wanted
from dispatch.window import TOO_SLOW, Window
from project.cursors import Cursor
from project.errors import NotFound, TooMany
from security.sessions import Identity

logger = logging.getLogger(__name__)

FAREWELL_SECONDS: Final = 1.0


class TooManySubscriptions(TooMany):
    code = "too_many_subscriptions"
    title = "A socket follows a limited number of streams"


@dataclass(frozen=True)
class Subscription:
    window: Window
    task: "asyncio.Task[None]"


class Socket:
    """`write` sends a text to its client, `end(reason)` closes it."""

    def __init__(self, identity: Identity, write: Callable[[str], Awaitable[None]], end: Callable[[str], None]) -> None:
        self.identity = identity
        self._write = write
        self._writing = asyncio.Lock()
        self._end = end
        self._following: dict[str, Subscription] = {}
        self._watches: set[Watch] = set()

    @contextmanager
    def watched(self, stream: str, end: Callable[[str], None]) -> Iterator[None]:
        """Meanwhile the guard looks after it, whichever session the socket goes on under."""
        with live.guard.watching(self.identity, stream, end) as watch:
            self._watches.add(watch)
            try:
                yield
            finally:
                self._watches.discard(watch)

    def renew(self, identity: Identity) -> None:
        """Go on under a session of the same user's."""
        self.identity = identity
        for watch in self._watches:
            watch.session, watch.token = identity.session.id, identity.token

    async def subscribe(self, stream: str, after: Cursor | None, wanted: Wanted | None) -> None:
        """Begin to follow, or begin anew. The task runs after its caller has answered: `ok` comes first.

        :raises TooManySubscriptions: naming the limit.
        """
        await self._drop(stream)
        limit = settings.SUBSCRIPTIONS_PER_SOCKET
        if len(self._following) >= limit:
            raise TooManySubscriptions(f"At most {limit} at a time; unsubscribe from one first.")
        window = Window(after, self.identity.user.reader, wanted, self._writing)
        self._following[stream] = Subscription(window, asyncio.create_task(self._pass_on(stream, after, window)))

    async def unsubscribe(self, stream: str) -> None:
        self.window(stream)
        await self._drop(stream)

    def window(self, stream: str) -> Window:
        """:raises NotFound: unless it follows the stream."""
        if stream not in self._following:
            raise NotFound("This socket does not follow that stream.")
        return self._following[stream].window

    async def push(self, text: str) -> None:
        """One at a time: each would write before it waits for the client to read."""
        async with self._writing:
            await self._write(text)

    async def close(self) -> None:
        """Cut every stream off. Those that have been told why have a moment to say it."""
        subscriptions = list(self._following.values())
        ending = {one.task for one in subscriptions if one.window.ended is not None}
        rest = {one.task for one in subscriptions} - ending
        _cancel(rest)
        try:
            if ending:
                await asyncio.wait(ending, timeout=FAREWELL_SECONDS)
        finally:
            _cancel(ending)
        if subscriptions:
            await asyncio.wait(ending | rest)

    async def _drop(self, stream: str) -> None:
        subscription = self._following.pop(stream, None)
        if subscription is not None:
            subscription.task.cancel()
            await asyncio.wait({subscription.task})

    async def _pass_on(self, stream: str, after: Cursor | None, window: Window) -> None:
        try:
            with self.watched(stream, window.end):
                await self._push_all(stream, after, window)
        except Exception:  # nobody awaits this task: without a word the client would wait for ever
            logger.exception("a subscription broke")
            await self.push(frames.end(stream, "broken").text)
        finally:
            self._following.pop(stream, None)
        if window.ended == TOO_SLOW:
            self._end(TOO_SLOW)

    async def _push_all(self, stream: str, after: Cursor | None, window: Window) -> None:
        async with aclosing(follow(live.hub, window, stream, after)) as found:
            try:
                async for frame in found:
                    if frame is not None:
                        await window.turn()
                        window.note(frame)  # first: it may be acknowledged before it is written
                        with window.letting_go():
                            await self._write(frame.text)
                        window.done()
                    del frame
            finally:
                window.done()


def _cancel(tasks: "set[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
