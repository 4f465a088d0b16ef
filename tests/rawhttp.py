"""HTTP byte by byte: what a client can do that no library would."""

import fcntl
import select
import socket
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deployment import Server
from tests.live import PATIENCE, eventually

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

    def rest(self, seconds: float = PATIENCE) -> bytes:
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
        """Send `at_once` bytes, then more until the server answers, each once it has read those before; how many bytes
        that took.
        """
        sent = at_once // len(piece) * len(piece)
        self.send(piece * (sent // len(piece)))
        while sent < 2 * LIMIT and not self._answered_once_read():
            self.send(piece)
            sent += len(piece)
        return sent

    def _answered_once_read(self) -> bool:
        eventually(lambda: self.answered() or unread(self.connection) == 0)
        return self.answered(0.5)


@contextmanager
def connected(server: Server) -> Iterator[Wire]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        yield Wire(connection)


def unread(connection: socket.socket) -> int:
    """How many bytes that were sent the program at the other end, on this machine, has not read.

    :raises AssertionError: when the other end is gone.
    """
    unsent: int = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0]
    ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        if (_port(local), _port(remote)) == (theirs, ours):
            return unsent + int(queues.partition(":")[2], 16)
    raise AssertionError("the other end is gone")


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)


def chunk(size: int) -> bytes:
    return b"%x\r\n%s\r\n" % (size, b"x" * size)
