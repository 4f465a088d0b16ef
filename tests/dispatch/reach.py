"""The same stream by both transports, so that one test speaks of both."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from tests.live import LivePerson, Socket, Stream

Followed = Callable[[LivePerson, str, str | None], AbstractContextManager[Stream | Socket]]


@contextmanager
def by_sse(person: LivePerson, conversation: str, after: str | None = None) -> Iterator[Stream | Socket]:
    with person.stream(conversation, after) as stream:
        yield stream


@contextmanager
def by_socket(person: LivePerson, conversation: str, after: str | None = None) -> Iterator[Stream | Socket]:
    with person.socket(close_timeout=1) as socket:  # what is pushed and not read would keep it from closing
        asked = {"op": "subscribe", "stream": f"conversation:{conversation}", **({"after": after} if after else {})}
        assert socket.ask(asked)["type"] == "ok"
        yield socket


TRANSPORTS: Final[list[Followed]] = [by_sse, by_socket]
