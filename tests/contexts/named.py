"""Entities that tests name, and what is told of them."""

from django.utils import timezone

from contexts.knowledge import Entity
from contexts.models import Conversation
from project.models import Event


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


def path(entity):
    return f"/api/v1/conversations/{entity['conversation']}/entities/{entity['id']}/"


def updates(conversation):
    events = Event.objects.filter(stream__key=conversation.stream, type="context.updated").order_by("seq")
    return [event.data["changed"] for event in events]


def emails(rows):
    return {row["value"] for row in rows if row["type"] == "email"}
