"""One client of many, cheap: it counts what it hears and understands no more of it than that."""

import asyncio
import json
import socket
import struct
import time
from typing import Any, Final, NamedTuple

from tests.ports import LOOPBACK
from tests.rawframes import frame, frames

READY: Final = b'"type":"stream.ready"'
ANSWER: Final = b'"type":"message.completed"'
STREAM: Final = "stream"
SOCKET: Final = "socket"
OPEN_SECONDS: Final = 60.0
PING, PONG = 0x9, 0x8A


class Place(NamedTuple):
    """Of one client: a server's port, and what it follows there, with which access token, by which of the two."""

    port: int
    token: str
    conversation: str
    after: str
    door: str = STREAM


class Member(asyncio.Protocol):
    """`first`, `last`: when it heard the first and the last of those answers that were not forgotten yet."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._socket = place.door == SOCKET
        self._transport: Any = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()
        self._bell = asyncio.Event()
        self._size = 0
        self.forget()

    @property
    def follows(self) -> bool:
        return self._ready.is_set() and not self._over.is_set()

    async def connect(self) -> None:
        """Until it follows, or is turned away."""
        self._ready.clear()
        self._over.clear()
        self._rest, self._upgraded = b"", False
        async with asyncio.timeout(OPEN_SECONDS):
            await asyncio.get_running_loop().create_connection(lambda: self, LOOPBACK, self._place.port)
            waits = [asyncio.ensure_future(event.wait()) for event in (self._ready, self._over)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    async def heard(self, count: int) -> None:
        while self._count < count:
            if self._over.is_set():
                raise ConnectionError("the server closed the connection of a member")
            self._bell.clear()
            await self._bell.wait()

    def forget(self) -> int:
        """What was heard. How many bytes that were."""
        size = self._size
        self._count = self._size = 0
        self.first = self.last = 0.0
        return size

    def reset(self) -> None:
        """As a client that crashes: the server gets RST, and nothing before it."""
        if self._transport is None or self._transport.is_closing():
            return
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(request(self._place))

    def connection_lost(self, _: Exception | None) -> None:
        self._over.set()
        self._bell.set()

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        data = self._rest + data
        self._rest = self._take_frames(data) if self._socket else self._take(data)

    def _take(self, data: bytes) -> bytes:
        """The end of it is kept: a word may come in two pieces."""
        if not self._ready.is_set() and READY in data:
            self._ready.set()
            self.forget()
        count = data.count(ANSWER)
        if count:
            self._hear(count)
        return data[-len(ANSWER) + 1 :]

    def _hear(self, count: int) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self._count += count
        self._bell.set()

    def _take_frames(self, data: bytes) -> bytes:
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                return head
            self._upgraded = True
            self._transport.write(_subscription(self._place))
        at = 0
        for code, begin, end in frames(data):
            if code == PING:
                self._transport.write(bytes([PONG, 0x80 | end - begin, 0, 0, 0, 0]) + data[begin:end])
            else:
                self._take(data[begin:end])
            at = end
        return data[at:]


def request(place: Place) -> bytes:
    lines = ["Host: 127.0.0.1", f"Authorization: Bearer {place.token}"]
    if place.door == SOCKET:
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="]
        first = "GET /ws/v1/ HTTP/1.1"
    else:
        lines.append("Accept: text/event-stream")
        first = f"GET /api/v1/conversations/{place.conversation}/events/?after={place.after} HTTP/1.1"
    return "\r\n".join([first, *lines, "", ""]).encode()


def _subscription(place: Place) -> bytes:
    asked = {"op": "subscribe", "stream": f"conversation:{place.conversation}", "after": place.after}
    return frame(json.dumps(asked).encode())
