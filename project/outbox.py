"""What waits to be carried to other processes, bounded: rings coalesce, of too many notes the oldest are dropped."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from project.bus import Note

RINGS: Final = 10_000
NOTES: Final = 1000
CHARACTERS: Final = 1_000_000

Ring = tuple[str, str]


@dataclass(frozen=True)
class Parcel:
    rings: list[Ring]
    notes: list[Note]


class Outbox:
    """On one loop. A ring dropped is found by a poll, a note dropped by the next saved text."""

    def __init__(self) -> None:
        self._rings: set[Ring] = set()
        self._notes: deque[Note] = deque()
        self._characters = 0
        self._bell = asyncio.Event()

    def put_rings(self, rings: Iterable[Ring]) -> None:
        for ring in rings:
            if len(self._rings) < RINGS:
                self._rings.add(ring)
        self._bell.set()

    def put_note(self, note: Note) -> None:
        self._notes.append(note)
        self._characters += _size(note)
        while self._notes and (len(self._notes) > NOTES or self._characters > CHARACTERS):
            self._characters -= _size(self._notes.popleft())
        self._bell.set()

    async def filled(self) -> None:
        await self._bell.wait()

    def take(self) -> Parcel:
        self._bell.clear()
        parcel = Parcel(list(self._rings), list(self._notes))
        self._rings.clear()
        self._notes.clear()
        self._characters = 0
        return parcel


def _size(note: Note) -> int:
    return len(note.get("text", ""))
