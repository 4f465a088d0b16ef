"""Ports of loopback. One that is merely free now may be anybody's by the time a server of the test listens on it."""

import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"


def held(port: int = 0) -> socket.socket:
    """Bound and not listening. A server may listen there and leave again as often as it likes; no one else is given it.

    Meanwhile a connection is refused. With a number: a second hold of that port, to listen on.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((LOOPBACK, port))
    return made


def number(hold: socket.socket) -> int:
    port: int = hold.getsockname()[1]
    return port
