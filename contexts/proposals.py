"""Facts that handlers propose. Each is read by the filters, and written when the answer of its run is stored."""

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import orjson

from contexts import changes, conversations, entities, limits, pins
from contexts.conversations import MetadataTooLarge
from contexts.knowledge import VALUE_LENGTH, Pin
from contexts.models import Conversation, Message
from project import log, strictjson
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


@dataclass(frozen=True)
class Proposed:
    """`by`: the handler. `reply`: the message that it answered with, if one was stored."""

    by: str
    fact: Fact
    reply: UUID | None = None


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


def keep(conversation: Conversation, message: Message, proposed: Iterable[Proposed], about: log.About) -> None:
    """Write them within the transaction that ends the run of `message`, which holds the lock of its stream.

    What does not fit any more (a pin too many, metadata too large) is left out: no answer is lost for it.
    """
    pinned = metadata = 0
    for one in proposed:
        own = replace(about, actor={"kind": "handler", "id": one.by})
        match one.fact:
            case EntityFact(type, value):
                entities.propose(conversation, type, value, message, own)
            case MetadataFact(key, value):
                metadata += _merged(conversation, {key: value}, own)
            case PinFact(text):
                pinned += _pinned(conversation, text, one.reply)
    if pinned or metadata:
        fields = {"pinned": pins.of(conversation.id, limits.of(conversation))} if pinned else {}
        changes.change(conversation, about, {"pins": pinned, "metadata": metadata}, **fields)


def _merged(conversation: Conversation, metadata: dict[str, Any], about: log.About) -> int:
    try:
        return conversations.merge(conversation, metadata, about)
    except MetadataTooLarge:
        return 0


def _pinned(conversation: Conversation, text: str, reply: UUID | None) -> int:
    """How many pins there are more."""
    wanted: dict[str, Any] = {"text": text} if text else {"message_id": reply}
    held = Pin.objects.filter(conversation=conversation)
    if not (text or reply) or held.filter(**wanted).exists() or held.count() >= pins.MOST:
        return 0
    Pin.objects.create(conversation=conversation, source="handler", **wanted)
    return 1


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _require(true: object, says: str) -> None:
    if not true:
        raise BadProposal(says)
