"""Clients that cost a server something, and what it takes from them."""

import json
import resource
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Self

import psutil

from tests.deployment import Server
from tests.live import eventually
from tests.rawframes import CURSOR, frame
from tests.rawhttp import UPLOAD, unread

HEAD: Final = b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\n"
ANNOUNCED: Final = UPLOAD + b"Content-Length: 1000\r\n\r\n{"
CHUNKED: Final = UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n"
# What a slow client sends at once, and what each second after that.
SLOW: Final = (
    (b"", b""),
    (HEAD, b""),
    (HEAD + b"X-Slow: ", b"x"),
    (ANNOUNCED, b""),
    (ANNOUNCED, b" "),
    (CHUNKED, b"1\r\n \r\n"),
)


class SlowClients:
    """Many slow clients of one server, of each kind alike. `closed`: after how many seconds of its own each was."""

    def __init__(self, server: Server, count: int) -> None:
        self.closed: list[float] = []
        self._selector = selectors.DefaultSelector()
        self._open: dict[socket.socket, tuple[float, bytes]] = {}
        for number in range(count):
            first, drip = SLOW[number % len(SLOW)]
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            self._open[connection] = (time.monotonic(), drip)
            connection.sendall(first)
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._open:
            connection.close()
        self._selector.close()

    def drip(self, seconds: float) -> None:
        """Until the server has closed them all, or for so long."""
        ends = time.monotonic() + seconds
        while self._open and time.monotonic() < ends:
            for connection, (_, drip) in self._open.items():
                with suppress(OSError):
                    connection.send(drip)
            next_drip = time.monotonic() + 1
            while self._open and (left := next_drip - time.monotonic()) > 0:
                self._see_closed(left)

    def _see_closed(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            with suppress(ConnectionResetError):
                if connection.recv(65536):
                    continue
            began, _ = self._open.pop(connection)
            self.closed.append(time.monotonic() - began)
            self._selector.unregister(connection)
            connection.close()


@contextmanager
def few_files() -> Iterator[None]:
    """What is started within it may open 1,024 files, as a login shell's programs may, unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Memory:
    """What the working process of a server has in memory now, in bytes."""

    def __init__(self, server: Server) -> None:
        self._process = psutil.Process(server.process.pid)

    def __call__(self) -> float:
        return float(self._process.memory_info().rss)


@contextmanager
def measured(look: Callable[[], float]) -> Iterator[list[float]]:
    """What `look` returns again and again meanwhile, each 20 ms."""
    found, over = [look()], threading.Event()

    def measure() -> None:
        while not over.wait(0.02):
            found.append(look())

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def taken(connection: socket.socket, sent: int) -> int:
    """How many of the `sent` bytes the program at the other end, on this machine, has read."""
    time.sleep(0.3)  # longer than the system puts off an acknowledgement
    return sent - unread(connection)


def deaf_stream(server: Server, token: str, conversation: str) -> socket.socket:
    """Follows a conversation by SSE, and never reads."""
    connection = _deaf(server)
    path = f"/api/v1/conversations/{conversation}/events/"
    connection.sendall(_head(f"GET {path} HTTP/1.1", token, "Accept: text/event-stream"))
    _comes(connection, b"stream.ready")
    return connection


def deaf_socket(server: Server, token: str, conversation: str) -> socket.socket:
    """Follows a conversation by WebSocket, and never reads."""
    connection = _deaf(server)
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    connection.sendall(_head("GET /ws/v1/ HTTP/1.1", token, *upgrade, "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="))
    _comes(connection, b"HTTP/1.1 101 ")
    connection.sendall(frame(json.dumps({"op": "subscribe", "stream": f"conversation:{conversation}"}).encode()))
    _comes(connection, b"stream.ready")
    return connection


def _deaf(server: Server) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    connection.connect(("127.0.0.1", server.port))
    return connection


def _head(line: str, token: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: localhost", f"Authorization: Bearer {token}", *headers, "", ""]).encode()


def _comes(connection: socket.socket, word: bytes) -> None:
    eventually(lambda: word in connection.recv(8192, socket.MSG_PEEK))


def cut_off(connections: list[socket.socket]) -> int:
    """How many the server has reset."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, 0)
    return sum(bool(happened & (select.POLLERR | select.POLLHUP)) for _, happened in poll.poll(0))


def last_cursor(connection: socket.socket) -> str:
    """Of the last event that came whole, among what a client that was cut off still has."""
    found = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            found += piece
    cursors: list[bytes] = CURSOR.findall(found)
    return (cursors[:-1] or cursors)[-1].decode()  # the last one of several may be of an event that lacks its end
