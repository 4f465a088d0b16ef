"""Facts that handlers propose, written when the answer of their run is stored."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from contexts import changes, conversations, entities, limits, pins
from contexts.conversations import MetadataTooLarge
from contexts.entities import NoSuchType
from contexts.facts import EntityFact, Fact, MetadataFact, PinFact
from contexts.knowledge import Pin
from contexts.models import Conversation, Message
from contexts.normals import SecretValue, UnreadableValue
from project import log


@dataclass(frozen=True)
class Proposed:
    """`by`: the handler. `reply`: the message that it answered with, if one was stored."""

    by: str
    fact: Fact
    reply: UUID | None = None


def keep(conversation: Conversation, message: Message, proposed: Iterable[Proposed], about: log.About) -> None:
    """Write them within the transaction that ends the run of `message`, which holds the lock of its stream.

    What does not fit (a pin too many, metadata too large, no such type) is left out: no answer is lost for it.
    """
    pinned = metadata = 0
    for one in proposed:
        own = replace(about, actor={"kind": "handler", "id": one.by})
        match one.fact:
            case EntityFact(type, value):
                with suppress(NoSuchType, SecretValue, UnreadableValue):
                    entities.propose(conversation, type, value, message, own)
            case MetadataFact(key, value):
                metadata += _merged(conversation, {key: value}, own)
            case PinFact(text):
                pinned += _pinned(conversation, message, text, one.reply)
    if pinned or metadata:
        fields = {"pinned": pins.of(conversation.id, limits.of(conversation))} if pinned else {}
        changes.change(conversation, about, {"pins": pinned, "metadata": metadata}, **fields)


def _merged(conversation: Conversation, metadata: dict[str, Any], about: log.About) -> int:
    try:
        return conversations.merge(conversation, metadata, about)
    except MetadataTooLarge:
        return 0


def _pinned(conversation: Conversation, message: Message, text: str, reply: UUID | None) -> int:
    """How many pins there are more. A note goes with the message that it is about."""
    wanted: dict[str, Any] = {"text": text} if text else {"message_id": reply}
    held = Pin.objects.filter(conversation=conversation)
    if not (text or reply) or held.filter(**wanted).exists() or held.count() >= pins.MOST:
        return 0
    Pin.objects.create(conversation=conversation, source="handler", about=message if text else None, **wanted)
    return 1
