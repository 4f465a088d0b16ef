"""HTTP byte by byte: what a client can do that no library would."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.deployment import Server

LIMIT = 1024 * 1024
PIECE = 16 * 1024
LIVE = b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPLOAD = b"POST /api/v1/conversations/ HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: upload-1\r\n"
HANDSHAKE = (
    b"GET /ws/v1/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)


class Wire:
    """One connection, byte by byte."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answered(self, seconds: float = 0) -> bool:
        return bool(select.select([self.connection], [], [], seconds)[0])

    def rest(self, seconds: float = 10) -> bytes:
        """All that comes until the server closes, or shuts its side."""
        self.connection.settimeout(seconds)
        found = b""
        while piece := self.connection.recv(65536):
            found += piece
        return found

    def closed_after(self, seconds: float) -> float:
        began = time.monotonic()
        assert self.rest(seconds) == b""
        return time.monotonic() - began

    def upload(self, piece: bytes, at_once: int) -> int:
        """Send `at_once` bytes, then more until the server answers; how many bytes that took."""
        sent = at_once // len(piece) * len(piece)
        self.send(piece * (sent // len(piece)))
        while sent < 2 * LIMIT and not self.answered(0.5):
            self.send(piece)
            sent += len(piece)
        return sent


@contextmanager
def connected(server: Server) -> Iterator[Wire]:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), timeout=10) as connection:
        yield Wire(connection)


def chunk(size: int) -> bytes:
    return b"%x\r\n%s\r\n" % (size, b"x" * size)


def frame(text: bytes) -> bytes:
    """A short text frame of a WebSocket's client, masked with zeros."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
