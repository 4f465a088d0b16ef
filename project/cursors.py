"""Cursors of a stream: `<epoch>-<seq>`, and mid-answer `<epoch>-<seq>~<message>.<attempt>.<offset>`."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from project.errors import BadRequest

FORM: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})(?:~([0-9a-f-]{36})\.([0-9]{1,9})\.([0-9]{1,9}))?")


class MalformedCursor(BadRequest):
    code = "malformed_cursor"
    title = "The cursor cannot be read"


@dataclass(frozen=True)
class Place:
    """How much of an unfinished answer the client has: `offset` in Unicode code points."""

    message: UUID
    attempt: int
    offset: int


@dataclass(frozen=True)
class Cursor:
    epoch: int
    seq: int
    place: Place | None = None

    def __str__(self) -> str:
        tail = f"~{self.place.message}.{self.place.attempt}.{self.place.offset}" if self.place else ""
        return f"{self.epoch}-{self.seq}{tail}"


def parse(text: str) -> Cursor:
    """:raises MalformedCursor: when the text has not the form of a cursor."""
    match = FORM.fullmatch(text)
    if match is None:
        raise MalformedCursor("A cursor is the `id` of an event of this stream, such as 7-1042.")
    epoch, seq, message, attempt, offset = match.groups()
    try:
        place = Place(UUID(message), int(attempt), int(offset)) if message else None
    except ValueError as error:
        raise MalformedCursor("The message in the cursor is not an id.") from error
    return Cursor(int(epoch), int(seq), place)
