"""What a client said that is not carried out yet, as the bytes that came: parsed, it may take twenty times as much."""

import asyncio
from dataclasses import dataclass
from typing import Final

FRAMES: Final = 64
BYTES: Final = 1024 * 1024  # a largest frame and as much again


@dataclass(frozen=True)
class Item:
    """`answered`: it was carried out at once; the text is the answer, which takes its turn."""

    data: bytes
    answered: bool

    @property
    def text(self) -> str:
        return self.data.decode()


class Inbox:
    def __init__(self) -> None:
        self._items: asyncio.Queue[Item] = asyncio.Queue()
        self._size = self._open = 0

    def put(self, text: str, answered: bool = False) -> bool:
        """False when too much waits already. An answer is no work, and takes none of the places for that."""
        item = Item(text.encode(), answered)
        if self._size + len(item.data) > BYTES or (self._open >= FRAMES and not answered):
            return False
        self._size += len(item.data)
        self._open += not answered
        self._items.put_nowait(item)
        return True

    async def get(self) -> Item:
        item = await self._items.get()
        self._size -= len(item.data)
        self._open -= not item.answered
        return item
