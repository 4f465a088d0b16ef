"""A client of the SSE door in this process. It takes what is written for it when the test lets it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dispatch import sse


class Listener:
    """`text`: what has gone into its connection. While `reading` is not set, each write waits, as daphne's do."""

    def __init__(self) -> None:
        self.text = ""
        self.reading = asyncio.Event()
        self.reading.set()
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def write(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            self.text += message["body"].decode()
            if message["more_body"]:
                await self.reading.wait()


@asynccontextmanager
async def listening(token: str, path: str) -> AsyncIterator[tuple[Listener, "asyncio.Task[None]"]]:
    """And what serves it."""
    client = Listener()
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"accept", b"text/event-stream")]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    serving = asyncio.create_task(sse.stream(scope, client.said.get, client.write))
    try:
        yield client, serving
    finally:
        client.reading.set()
        client.said.put_nowait({"type": "http.disconnect"})
        await asyncio.wait({serving})
