"""What people do to a context: pin, unpin, and set metadata, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from contexts import changes, conversations, labelling, limits, pins, visible
from contexts.knowledge import Pin
from contexts.models import Conversation
from project import log
from project.errors import NotFound, Unprocessable
from security import access
from security.models import User


class TooManyPins(Unprocessable):
    code = "too_many_pins"
    title = f"A conversation has at most {pins.MOST} pins"


class NotPinnable(Unprocessable):
    code = "unknown_message"
    title = "A pin names a message of this conversation that everybody may read who reads it"


@dataclass(frozen=True)
class Wish:
    """To pin a message, or a note of at most 2,000 characters; until `expires_at`, or for good."""

    message: UUID | None = None
    text: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """`unpin`: ids of pins; unknown ones are passed over. `metadata`: fields to set; None takes one away."""

    pin: tuple[Wish, ...] = ()
    unpin: tuple[UUID, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


def change(user: User, conversation: Conversation, asked: Change) -> None:
    """All of it, or nothing. What is so already changes no version.

    :raises TooManyPins: or NotPinnable, or MetadataTooLarge. :raises NotFound: when it was deleted meanwhile.
    :raises MessageBlocked: or a sibling, for a note or metadata that filters refuse, or want to have reviewed.
    """
    access.require(user, conversation.workspace_id, access.CHAT)
    asked, labels = _read(user, conversation, asked)
    about = log.About(conversation.workspace_id, actor={"kind": "user", "id": str(user.id)})
    with transaction.atomic():
        log.lock(conversation.stream)
        if not Conversation.objects.filter(id=conversation.id, deleted_at=None).exists():
            raise NotFound()
        labels.keep(conversation.id)
        pinned = _unpin(conversation, asked.unpin) + _pin(user, conversation, asked.pin)
        metadata = conversations.merge(conversation, asked.metadata, about) if asked.metadata else 0
        if pinned or metadata:
            fields = {"pinned": pins.of(conversation.id, limits.of(conversation))} if pinned else {}
            changes.change(conversation, about, {"pins": pinned, "metadata": metadata}, **fields)


def _read(user: User, conversation: Conversation, asked: Change) -> tuple[Change, labelling.Labels]:
    """As filters let it be kept."""
    notes = [wish.text for wish in asked.pin if wish.text]
    fields = {"metadata": asked.metadata, "notes": notes}
    labels = labelling.read(user.id, conversation.workspace_id, fields, conversation.id)
    shown = iter(labels.shown["notes"])
    wishes = (Wish(None, next(shown)[: pins.LONGEST], wish.expires_at) if wish.text else wish for wish in asked.pin)
    return Change(tuple(wishes), asked.unpin, labels.shown["metadata"]), labels


def _unpin(conversation: Conversation, ids: Iterable[UUID]) -> int:
    count, _ = Pin.objects.filter(conversation=conversation, id__in=ids).delete()
    return count


def _pin(user: User, conversation: Conversation, wishes: tuple[Wish, ...]) -> int:
    """How many pins came, changed or had expired."""
    if not wishes:
        return 0
    expired, _ = Pin.objects.filter(conversation=conversation, expires_at__lte=timezone.now()).delete()
    messages = {wish.message for wish in wishes if wish.message}
    known = visible.messages(conversation.id).filter(id__in=messages)
    if messages != set(known.values_list("id", flat=True)):
        raise NotPinnable()
    changed = sum(_keep(user, conversation, wish) for wish in wishes)
    if Pin.objects.filter(conversation=conversation).count() > pins.MOST:
        raise TooManyPins(f"A conversation has at most {pins.MOST} pins; unpin some first.")
    return expired + changed


def _keep(user: User, conversation: Conversation, wish: Wish) -> bool:
    """Whether something changed: what is pinned already stays pinned, and may get another end."""
    same: dict[str, Any] = {"message_id": wish.message} if wish.message else {"message": None, "text": wish.text}
    ends: dict[str, Any] = {"expires_at": wish.expires_at}
    held = Pin.objects.filter(conversation=conversation, **same)
    if held.exists():
        return bool(held.exclude(**ends).update(**ends))
    Pin.objects.create(conversation=conversation, created_by=user, **same, **ends)
    return True
