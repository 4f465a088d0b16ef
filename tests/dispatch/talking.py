"""A client of the WebSocket door in this process. It takes what is written for it when the test lets it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson

from dispatch.consumers import SocketConsumer
from dispatch.live import live
from project import pools
from tests.dispatch.hubs import until

Found = dict[str, Any]


class Client:
    """`written`: what has gone into its connection. While `reading` is not set, each write waits, as daphne's do."""

    def __init__(self) -> None:
        self.written: list[Found] = []
        self.code: int | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self.said: asyncio.Queue[Found] = asyncio.Queue()

    def say(self, **frame: Any) -> None:
        self.said.put_nowait({"type": "websocket.receive", "text": orjson.dumps(frame).decode()})

    async def write(self, message: Found) -> None:
        if message["type"] == "websocket.close":
            self.code = message["code"]
        elif message["type"] == "websocket.send":
            self.written.append(orjson.loads(message["text"]))
            await self.reading.wait()

    async def got(self, true: Callable[[Found], bool], count: int = 1) -> list[Found]:
        """What it was sent of a kind, once it is so many."""
        await until(lambda: len(self.all(true)) >= count)
        return self.all(true)

    def all(self, true: Callable[[Found], bool]) -> list[Found]:
        return [frame for frame in self.written if true(frame)]

    async def answer(self, ref: Any) -> Found:
        return (await self.got(lambda frame: frame.get("ref") == ref))[0]

    async def follow(self, *streams: str) -> None:
        for stream in streams:
            self.say(op="subscribe", stream=stream)
        await self.got(lambda frame: frame["type"] == "stream.ready", len(streams))


@asynccontextmanager
async def serving() -> AsyncIterator[None]:
    tasks = live.start()
    try:
        yield
    finally:
        live.started = False
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await asyncio.to_thread(pools.streams.close)
        await asyncio.to_thread(pools.guard.close)


@asynccontextmanager
async def connected(token: str) -> AsyncIterator[Client]:
    """Signed in by its head, or about to be."""
    client = Client()
    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope: Any = {"type": "websocket", "path": "/ws/v1/", "headers": headers, "query_string": b"", "subprotocols": []}
    client.said.put_nowait({"type": "websocket.connect"})
    door: Any = SocketConsumer.as_asgi()
    talk = asyncio.ensure_future(door(scope, client.said.get, client.write))
    try:
        yield client
    finally:
        client.reading.set()
        client.said.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait({talk})
