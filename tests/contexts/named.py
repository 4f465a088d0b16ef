"""An entity that no message names."""

from django.utils import timezone

from contexts.knowledge import Entity
from contexts.models import Conversation


def named(conversation: Conversation, value: str = "Oslo", type: str = "place") -> Entity:
    made: Entity = Entity.objects.create(
        conversation=conversation,
        type=type,
        value=value,
        normal=value.casefold(),
        first_seen=timezone.now(),
        last_seen=timezone.now(),
    )
    return made
