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
    pinned = Pin.objects.filter(created_by=subject)
    return sorted({*said.values_list("conversation", flat=True), *pinned.values_list("conversation", flat=True)})


def _forgotten(id: UUID, subject: UUID) -> Iterator[int]:
    """A batch at a time: the conversation is not locked for long."""
    _unpin(id, subject)
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
    left = Entity.objects.filter(conversation=conversation)
    left.filter(owner=str(subject)).delete()  # also what users corrected, pinned or removed: it is theirs
    left.filter(id__in=named, mentions=None).delete()
    return batch


@transaction.atomic
def _unpin(id: UUID, subject: UUID) -> None:
    conversation = Conversation.objects.select_related("workspace__context_policy").get(id=id)
    log.lock(conversation.stream)
    count, _ = Pin.objects.filter(conversation=conversation, created_by=subject).delete()
    if count:
        changes.change(conversation, log.About(conversation.workspace_id), {"pins": count})
