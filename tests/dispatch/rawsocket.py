"""A WebSocket frame by frame, as RFC 6455 writes it: what a client can do that no library would."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.deployment import Server
from tests.live import PATIENCE
from tests.rawhttp import HANDSHAKE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x5a\x01\xfe\x37"


def framed(opcode: int, payload: bytes = b"", final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """`reserved`: the three bits, as a number."""
    first = bytes([final << 7 | reserved << 4 | opcode])
    body = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload)) if masked else payload
    return first + length(len(payload), masked) + (MASK if masked else b"") + body


def length(size: int, masked: bool = True) -> bytes:
    bit = masked << 7
    if size < 126:
        return bytes([bit | size])
    return (
        bytes([bit | 126]) + struct.pack("!H", size) if size < 65536 else bytes([bit | 127]) + struct.pack("!Q", size)
    )


def asked(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


class RawSocket:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._bytes = b""

    def send(self, *frames: bytes) -> None:
        self.connection.sendall(b"".join(frames))

    def answer(self) -> dict[str, Any]:
        """The next text, as JSON."""
        opcode, payload = self.read()
        assert opcode == TEXT, (opcode, payload)
        found: dict[str, Any] = json.loads(payload)
        return found

    def read(self) -> tuple[int, bytes]:
        """The next frame. A server's are not masked, and ours are never fragmented."""
        first, second = self._take(2)
        assert first & 0x80
        assert not second & 0x80
        size = second
        if second >= 126:
            size = int.from_bytes(self._take(2 if second == 126 else 8))
        return first & 0x0F, self._take(size)

    def closed(self) -> int:
        """The code that the server closes with, once it has also ended the connection."""
        opcode, payload = self.read()
        while opcode != CLOSE:
            opcode, payload = self.read()
        with suppress(ConnectionResetError):  # how a server closes that reads no more
            self.send(framed(CLOSE, payload[:2]))
            assert self.connection.recv(65536) == b""
        return int.from_bytes(payload[:2])

    def head(self) -> bytes:
        while b"\r\n\r\n" not in self._bytes:
            self._bytes += self._more()
        head, _, self._bytes = self._bytes.partition(b"\r\n\r\n")
        return head

    def _take(self, count: int) -> bytes:
        while len(self._bytes) < count:
            self._bytes += self._more()
        taken, self._bytes = self._bytes[:count], self._bytes[count:]
        return taken

    def _more(self) -> bytes:
        piece = self.connection.recv(65536)
        assert piece, "the connection has ended"
        return piece


@contextmanager
def connected(server: Server, head: bytes = HANDSHAKE, token: str = "") -> Iterator[RawSocket]:
    """With its handshake sent and not yet read."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        authorization = f"Authorization: Bearer {token}\r\n".encode() if token else b""
        connection.sendall(head + authorization + b"\r\n")
        yield RawSocket(connection)


@contextmanager
def opened(server: Server, token: str) -> Iterator[RawSocket]:
    """Signed in."""
    with connected(server, token=token) as found:
        assert found.head().startswith(b"HTTP/1.1 101 ")
        yield found
