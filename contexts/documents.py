"""The words under which a message is found: letters alone, each made of a stem, a place and who may read it.

Every stem stands there twice: with its conversation, for what was said there to come back, and with its workspace, for
a search in all that was said in it.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from contexts import words
from project.readers import STAFF, Reader

READ: Final = 8000  # characters of a text: half at its beginning, half at its end
MOST_STEMS: Final = 400  # of a message
WHOLE: Final = 0
STRETCHES: Final = (1 << 10, WHOLE, 1 << 14, 1 << 18)  # numbers of the log
LETTERS: Final = str.maketrans("0123456789abcdef", "ghijklmnopabcdef")  # a word, for every parser


@dataclass(frozen=True)
class Place:
    """Where a message stands."""

    workspace: UUID
    conversation: UUID
    seq: int


def place(message: Any) -> Place:
    """Of a row with its conversation; migrations have models of their own."""
    return Place(message.conversation.workspace_id, message.conversation_id, message.seq)


def document(place: Place, text: str, visible_to: str = "") -> str:
    """The words under which a message is found; "" when it says nothing."""
    said = stems(text)[:MOST_STEMS]
    stretches = [stretch(place.conversation, place.seq, length) for length in STRETCHES if length]
    readers = sorted({visible_to, STAFF}) if visible_to else [""]
    wholes = (place.conversation, place.workspace)
    terms = [word(whole, stem, audience) for whole in wholes for stem in said for audience in readers]
    return " ".join([*terms, *stretches]) if said else ""


def stems(text: str) -> list[str]:
    half = READ // 2
    return sorted(words.terms(text if len(text) <= READ else f"{text[:half]} {text[-half:]}"))


def audiences(reader: Reader) -> list[str]:
    """Whose words `reader` may know of."""
    return sorted({"", STAFF if reader.staff else reader.user})


def word(whole: UUID, stem: str, audience: str = "") -> str:
    """Of a conversation or a workspace. Two stems with the same word are told apart by it."""
    told = f"{audience} {stem}" if audience else stem
    return blake2b(whole.bytes + told.encode(), digest_size=7).hexdigest().translate(LETTERS)


def stretch(conversation: UUID, seq: int, length: int) -> str:
    """The part of the log that a number is in; no stem has a space."""
    return word(conversation, f"stretch {length} {seq // length}")
