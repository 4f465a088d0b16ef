"""What a client said that is not carried out yet, as the text that came: parsed, it may take twenty times as much."""

import asyncio
from dataclasses import dataclass
from typing import Final

FRAMES: Final = 64
CHARACTERS: Final = 1024 * 1024  # a largest frame and as much again


@dataclass(frozen=True)
class Item:
    """`answered`: it was carried out at once; the text is the answer, which takes its turn."""

    text: str
    answered: bool


class Inbox:
    def __init__(self) -> None:
        self._items: asyncio.Queue[Item] = asyncio.Queue()
        self._size = 0

    def put(self, text: str, answered: bool = False) -> bool:
        """False when too much waits already."""
        if self._items.qsize() >= FRAMES or self._size + len(text) > CHARACTERS:
            return False
        self._size += len(text)
        self._items.put_nowait(Item(text, answered))
        return True

    async def get(self) -> Item:
        item = await self._items.get()
        self._size -= len(item.text)
        return item
