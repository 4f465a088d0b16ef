"""Clients that take a log as fast as it comes, and that see at once when an event of it lacks or comes twice."""

from dataclasses import dataclass
from typing import Final

from tests.live import PATIENCE, LivePerson
from tests.rawframes import CURSOR

ACKNOWLEDGED: Final = 100


@dataclass
class Taken:
    """`cursor`: of the last event. `size`: bytes, with what is around the events."""

    cursor: str
    size: int = 0

    @property
    def seq(self) -> int:
        return int(self.cursor.partition("-")[2])

    def add(self, frame: bytes) -> None:
        self.size += len(frame)
        found = CURSOR.search(frame)
        if found is not None:
            before, self.cursor = self.seq, found[1].decode()
            assert self.seq == before + 1, f"event {self.seq} came after event {before}"


def over_stream(person: LivePerson, conversation: str, last: int, taken: Taken) -> None:
    """By SSE, from where `taken` is to the event with the number `last`."""
    rest = b""
    with person.stream(conversation, taken.cursor) as stream:
        pieces = stream.response.iter_raw()
        while taken.seq < last:
            *frames, rest = (rest + next(pieces)).split(b"\n\n")
            for frame in frames:
                taken.add(frame)


def over_socket(person: LivePerson, conversation: str, last: int, taken: Taken) -> None:
    """The same by WebSocket."""
    asked = {"op": "subscribe", "stream": f"conversation:{conversation}", "after": taken.cursor}
    with person.socket(compression=None, max_size=None) as socket:
        assert socket.ask(asked)["type"] == "ok"
        while taken.seq < last:
            taken.add(socket.connection.recv(PATIENCE, decode=False))
            if taken.seq % ACKNOWLEDGED == 0:
                socket.send({"op": "ack", "conversation": conversation, "id": taken.cursor})
