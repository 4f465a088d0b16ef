"""What recognition finds in a text, and what it reads the text against."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final

from contexts.context import Participant
from contexts.knowledge import VALUE_LENGTH

TYPES: Final = (
    "person",
    "organisation",
    "place",
    "date",
    "time",
    "money",
    "quantity",
    "email",
    "phone",
    "url",
    "ip_address",
    "code",
    "ticket",
    "mention",
)


@dataclass(frozen=True)
class Scene:
    """When and in which zone a text was written, and who takes part. `day_first`: 1/2 is the first of February."""

    now: datetime
    zone: tzinfo = UTC
    day_first: bool = False
    people: tuple[Participant, ...] = ()


@dataclass(frozen=True)
class Find:
    """`start` and `end` count code points; `normal` is the same however it is written; `confidence` is up to 1.

    `label`: what the text says that it is, as `my email` or `deadline`; or "". `denied`: what it says that it is no
    more. `instead`: the type and normal form of what it is said to stand in place of.
    """

    type: str
    start: int
    end: int
    value: str
    normal: str
    confidence: float
    label: str = ""
    denied: str = ""
    instead: tuple[str, str] | None = field(default=None)

    @property
    def key(self) -> tuple[str, str]:
        return self.type, self.normal


def find(type: str, text: str, span: tuple[int, int], normal: str, confidence: float) -> Find:
    start, end = span
    return Find(type, start, end, text[start:end][:VALUE_LENGTH], normal[:VALUE_LENGTH], confidence)


def plain(name: str) -> str:
    """The normal form of what is told apart by its words alone."""
    return " ".join(name.casefold().split())[:VALUE_LENGTH]
