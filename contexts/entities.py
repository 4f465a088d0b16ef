"""Entities of a conversation: as handlers see them, as handlers propose them, and without what messages taught.

All of it under the lock of the conversation's log, but for reading.
"""

import re
from typing import Final
from uuid import UUID

from contexts import changes, mentioning, normals, scenes, tokens
from contexts.context import EntityView
from contexts.finds import TYPES, Find
from contexts.knowledge import VALUE_LENGTH, Entity
from contexts.models import Conversation, Message
from project import log
from project.errors import Unprocessable

MOST: Final = 60  # that a context can show
TYPE: Final = re.compile(r"[a-z][a-z0-9_]{0,23}")
OVERHEAD: Final = 3  # tokens of what stands around a value


def of(conversation: UUID) -> tuple[EntityView, ...]:
    """Those that hold, pinned ones first, then those that were named last."""
    known = Entity.objects.filter(conversation=conversation).known()
    return tuple(_view(entity) for entity in known.order_by("-pinned", "-last_seq", "-id")[:MOST])


class NoSuchType(Unprocessable):
    code = "no_such_type"
    title = "That is no type of entity"


def propose(conversation: Conversation, type: str, value: str, message: Message, about: log.About) -> int:
    """Write down what a handler says that `message` names, in the caller's transaction. Returns 1 if that is news.

    It goes when the message goes, and stays removed where users removed it.

    Handlers may have types of their own, which are words like ours.

    :raises NoSuchType: for what is no such word. :raises SecretValue: for a number that is kept nowhere.
    :raises UnreadableValue: for what nobody could read.
    """
    value = " ".join(value.split())[:VALUE_LENGTH]
    if not TYPE.fullmatch(type):
        raise NoSuchType(f"A type is a word in small letters, such as {', '.join(TYPES)}.")
    normals.check(value)
    start = max(message.text.find(value), 0)
    end = start + len(value) if value in message.text else 0
    normal = normals.of(type, value, scenes.of(conversation, message, None))
    count = mentioning.write(conversation, message, [Find(type, start, end, value, normal, 1.0)], "handler")
    if count:
        changes.change(conversation, about, {"entities": count}, entities=of(conversation.id))
    return count


def _view(entity: Entity) -> EntityView:
    return EntityView(
        id=entity.id,
        type=entity.type,
        value=entity.value,
        normal=entity.normal,
        confidence=entity.confidence,
        first_seen=entity.first_seen,
        last_seen=entity.last_seen,
        count=entity.count,
        pinned=entity.pinned,
        owner=entity.owner,
        source=entity.source,
        tokens=OVERHEAD + tokens.count(f"{entity.type}: {entity.value}"),
        label=entity.label,
    )
