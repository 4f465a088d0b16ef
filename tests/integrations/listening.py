"""Sockets on loopback that say whether anybody came, and answer as a test wants, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Listener:
    """`came`: the requests, or what else was sent first."""

    port: int = 0
    came: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def well(connection: socket.socket) -> None:
    connection.sendall(OK)


@contextmanager
def listening(say: Say = well, addresses: tuple[str, ...] = ("127.0.0.1", "::1"), port: int = 0) -> Iterator[Listener]:
    """One port, on all of these addresses that this machine has."""
    listener, sockets = Listener(port), list[socket.socket]()
    for address in addresses:
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((address, listener.port))
        except OSError:  # a machine without IPv6
            made.close()
            continue
        made.listen()
        sockets.append(made)
        listener.port = made.getsockname()[1]
    threads = [threading.Thread(target=_accept, args=(made, listener, say), daemon=True) for made in sockets]
    for thread in threads:
        thread.start()
    try:
        yield listener
    finally:
        listener.over.set()
        for made in sockets:
            made.shutdown(socket.SHUT_RDWR)
            made.close()


def _accept(made: socket.socket, listener: Listener, say: Say) -> None:
    with suppress(OSError):
        while True:
            connection, _ = made.accept()
            threading.Thread(target=_answer, args=(connection, listener, say), daemon=True).start()


def _answer(connection: socket.socket, listener: Listener, say: Say) -> None:
    with connection, suppress(OSError):
        listener.came.append(b"")  # also who connects and says nothing has come
        while b"\r\n\r\n" not in listener.came[-1] and (piece := connection.recv(65536)):
            listener.came[-1] += piece
        say(connection)
