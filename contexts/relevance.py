"""Older messages that matter to a new one: full-text search over the stems of what was said."""

from dataclasses import dataclass
from uuid import UUID

from contexts.models import Message
from project.readers import Reader


@dataclass(frozen=True)
class Hit:
    """`score`: the share of what is asked that the message holds, up to 1. `terms`: the stems that both hold."""

    message: UUID
    seq: int
    score: float
    terms: tuple[str, ...]


def index(message: Message) -> None:
    """Make a message findable, or findable as it is now, in the transaction that stores it."""


def drop(messages: "list[UUID]") -> None:
    """They are found no more."""


def recall(text: str, conversation: UUID, before: int, reader: Reader, most: int) -> list[Hit]:
    """Messages with numbers below `before` that `reader` may read and that matter to `text`: the best first."""
    return []
