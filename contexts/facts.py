"""Facts that a handler may propose through its turn: `turn.propose(EntityFact("person", "Ada Stone"))`."""

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from contexts import pins
from contexts.knowledge import VALUE_LENGTH
from project import strictjson
from security.material import Body

TYPE: Final = re.compile(r"[a-z][a-z0-9_]{0,23}\Z")
KEY_LENGTH: Final = 100
LARGEST: Final = 4096  # bytes of a value of metadata


class BadProposal(ValueError):
    """What is proposed could not be kept."""


@dataclass(frozen=True)
class EntityFact:
    """Something that the conversation is about, such as `EntityFact("person", "Ada Stone")`."""

    type: str
    value: str

    def checked(self) -> "EntityFact":
        """:raises BadProposal: unless the type is a lower-case word and the value 1 to 300 characters long."""
        _require(isinstance(self.type, str) and TYPE.match(self.type), "the type of an entity is a lower-case word")
        _require(_is_text(self.value, VALUE_LENGTH), f"an entity is 1 to {VALUE_LENGTH} characters long")
        return self

    @property
    def body(self) -> Body:
        return Body(self.value)

    def shown(self, body: Body) -> "EntityFact":
        return replace(self, value=body.text[:VALUE_LENGTH])


@dataclass(frozen=True)
class MetadataFact:
    """A field of the conversation's metadata; None takes it away."""

    key: str
    value: Any

    def checked(self) -> "MetadataFact":
        """A copy of its own. :raises BadProposal: for a key over 100 characters, or a value over 4 KiB of JSON."""
        _require(_is_text(self.key, KEY_LENGTH), f"a key of metadata is 1 to {KEY_LENGTH} characters long")
        try:
            size = len(orjson.dumps(self.value))
        except orjson.JSONEncodeError as error:
            raise BadProposal("a value of metadata is JSON") from error
        _require(size <= LARGEST, f"a value of metadata takes at most {LARGEST} bytes")
        return replace(self, value=deepcopy(self.value))

    @property
    def body(self) -> Body:
        return Body("", metadata={self.key: self.value})

    def shown(self, body: Body) -> "MetadataFact":
        [(key, value)] = body.metadata.items()
        return MetadataFact(key, value)


@dataclass(frozen=True)
class PinFact:
    """A note that stays in the context; without `text` the handler's own reply stays."""

    text: str = ""

    def checked(self) -> "PinFact":
        """:raises BadProposal: for a text of more than 2,000 characters."""
        _require(
            self.text == "" or _is_text(self.text, pins.LONGEST), f"a note takes at most {pins.LONGEST} characters"
        )
        return self

    @property
    def body(self) -> Body:
        return Body(self.text)

    def shown(self, body: Body) -> "PinFact":
        return PinFact(body.text[: pins.LONGEST])


Fact = EntityFact | MetadataFact | PinFact


def check(fact: object) -> Fact:
    """As it is kept. :raises BadProposal: for what is none, or too large."""
    if not isinstance(fact, EntityFact | MetadataFact | PinFact):
        raise BadProposal("propose an EntityFact, a MetadataFact or a PinFact")
    checked = fact.checked()
    try:
        strictjson.check([checked.body.text, checked.body.metadata])
    except strictjson.MalformedJSON as error:
        raise BadProposal("this could not be sent to any client") from error
    return checked


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _require(true: object, says: str) -> None:
    if not true:
        raise BadProposal(says)
