"""A hub on a loop of the test's own, and followers of real rows."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from django.db import connections

from dispatch.feeds import Follower
from dispatch.following import follow
from dispatch.frames import Frame
from dispatch.hub import Hub
from project import cursors, pools
from project.readers import EVERYBODY, Reader
from tests.live import PATIENCE


@asynccontextmanager
async def running() -> AsyncIterator[Hub]:
    hub = Hub()
    turning = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        turning.cancel()
        await asyncio.wait({turning})
        await asyncio.to_thread(pools.streams.close)


class Following:
    """One client's way through a stream, frame by frame."""

    def __init__(self, hub: Hub, stream: str, after: str | None = None, reader: Reader = EVERYBODY) -> None:
        self.follower = Follower(reader)
        self._frames = follow(hub, self.follower, stream, cursors.parse(after) if after else None)

    async def next(self) -> dict[str, Any]:
        """The envelope of the next frame. A heartbeat is a failure: it would also find what a wake-up missed."""
        async with asyncio.timeout(PATIENCE):
            frame = await anext(self._frames)
        assert frame is not None
        return envelope(frame)

    async def until(self, *types: str) -> list[dict[str, Any]]:
        """The envelopes up to and with the first of one of these types."""
        found = [await self.next()]
        while found[-1]["type"] not in types:
            found.append(await self.next())
        return found

    async def durable(self, count: int) -> list[int]:
        """The `seq` of the next durable events."""
        found: list[int] = []
        while len(found) < count:
            event = await self.next()
            if event["seq"] and event["type"] != "message.delta":
                found.append(event["seq"])
        return found

    async def close(self) -> None:
        await self._frames.aclose()


@asynccontextmanager
async def following(
    hub: Hub, stream: str, after: str | None = None, reader: Reader = EVERYBODY
) -> AsyncGenerator[Following, None]:
    client = Following(hub, stream, after, reader)
    try:
        yield client
    finally:
        await client.close()


def in_thread(work: Callable[..., Any], *args: Any) -> Awaitable[Any]:
    """Database work beside a running loop."""

    def carry() -> Any:
        try:
            return work(*args)
        finally:
            connections.close_all()

    return asyncio.to_thread(carry)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what it looks at tells nobody
            await asyncio.sleep(0.01)


def envelope(frame: Frame) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(frame.payload)
    return found
