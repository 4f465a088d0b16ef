"""Forgetting a person: what they said is deleted everywhere, and what is known of them from it. Answers to it stay."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db import transaction

from contexts import changes, tombstones
from contexts.knowledge import Entity, Pin
from contexts.models import Conversation, Message, MessageStatus
from project import log

BATCH: Final = 100


def forget(subject: UUID) -> int:
    """How many messages are deleted. Held ones too: who holds them has let go before."""
    return sum(count for conversation in _concerned(subject) for count in _forgotten(conversation, subject))


def _concerned(subject: UUID) -> list[UUID]:
    said = Message.objects.filter(author=subject).exclude(status=MessageStatus.DELETED)
    rows = (said, Pin.objects.filter(created_by=subject), Entity.objects.filter(owner=str(subject)))
    return sorted({id for found in rows for id in found.values_list("conversation", flat=True)})


def _forgotten(id: UUID, subject: UUID) -> Iterator[int]:
    """A batch at a time: the conversation is not locked for long."""
    _strip(id, subject)
    after = 0
    while batch := _bury(id, subject, after):
        yield len(batch)
        after = batch[-1].seq


@transaction.atomic
def _bury(id: UUID, subject: UUID, after: int) -> list[Message]:
    conversation = Conversation.objects.get(id=id)
    log.lock(conversation.stream)
    said = Message.objects.filter(conversation=conversation, author=subject, seq__gt=after)
    batch = list(said.exclude(status=MessageStatus.DELETED).order_by("seq")[:BATCH])
    named = list(Entity.objects.filter(mentions__message__in=batch).values_list("id", flat=True).distinct())
    tombstones.bury(conversation, batch, log.About(conversation.workspace_id))
    Entity.objects.filter(id__in=named, mentions=None).delete()
    return batch


@transaction.atomic
def _strip(id: UUID, subject: UUID) -> None:
    """Their pins, and what is said to be theirs: also what users corrected, pinned or removed."""
    conversation = Conversation.objects.select_related("workspace__context_policy").get(id=id)
    log.lock(conversation.stream)
    pins, _ = Pin.objects.filter(conversation=conversation, created_by=subject).delete()
    owned = Entity.objects.filter(conversation=conversation, owner=str(subject))
    count = owned.count()
    Entity.objects.filter(superseded_by__in=owned, removed_at__isnull=False).delete()  # what was corrected to them
    owned.delete()
    if pins or count:
        changes.change(conversation, log.About(conversation.workspace_id), {"pins": pins, "entities": count})
