"""A socket whose reads and writes end at a deadline: a timeout of each alone lets a dripping server take for ever."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class BoundedSocket:
    """Otherwise as the socket. `left` tells the seconds that are left, each time it is asked."""

    def __init__(self, sock: Any, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, size: int) -> bytes:
        with self._limited():
            data: bytes = self._sock.recv(size)
            return data

    def sendall(self, data: bytes) -> None:
        with self._limited():
            self._sock.sendall(data)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        before: float | None = self._sock.gettimeout()
        if before == 0:  # a look, not a wait
            yield
            return
        left = self._left()
        if left <= 0:
            raise TimeoutError("the time of the operation is over")
        self._sock.settimeout(left if before is None else min(before, left))
        try:
            yield
        finally:
            self._sock.settimeout(before)
