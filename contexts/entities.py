"""Entities of a conversation, as handlers see them."""

from typing import Final
from uuid import UUID

from contexts import tokens
from contexts.context import EntityView
from contexts.knowledge import Entity

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
