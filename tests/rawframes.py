"""Frames and events byte by byte. For clients in processes of their own too: nothing of Django's is needed."""

import re
from collections.abc import Iterator
from typing import Final

CURSOR: Final = re.compile(rb'"id":"([0-9]+-[0-9]+)","type"')


def frame(text: bytes) -> bytes:
    """A short text frame of a WebSocket's client, masked with zeros."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The code of each whole frame that a server sent, and where what is in it begins and ends."""
    at = 0
    while at + 2 <= len(data):
        length, begin = data[at + 1], at + 2
        extended = {126: 2, 127: 8}.get(length, 0)
        if extended:
            length, begin = int.from_bytes(data[begin : begin + extended], "big"), begin + extended
        if begin + length > len(data):
            return
        yield data[at] & 0x0F, begin, begin + length
        at = begin + length
