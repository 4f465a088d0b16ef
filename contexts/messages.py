"""Appending messages. Only `dispatch` does: `receive()` for what people say, `conclude()` for answers."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project import log
from project.ids import new_id


@dataclass(frozen=True)
class Draft:
    """A message before it has a place. `id` is given where it was promised before (a run fixes its reply's id)."""

    role: str
    kind: str
    text: str
    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    author: UUID | None = None
    reply_to: UUID | None = None
    run: UUID | None = None
    visible_to: str = ""
    key: str | None = None
    digest: str = ""
    original: dict[str, Any] | None = None
    id: UUID = field(default_factory=new_id)


def append(conversation: Conversation, draft: Draft, about: log.About) -> Message:
    """Store a message and tell it, as `message.received` or `message.completed`, inside the caller's transaction."""
    said = draft.role == MessageRole.USER
    message = Message(
        id=draft.id,
        conversation=conversation,
        seq=log.lock(conversation.stream).seq + 1,
        role=draft.role,
        kind=draft.kind,
        text=draft.text,
        parts=list(draft.parts),
        metadata=draft.metadata,
        status=MessageStatus.RECEIVED if said else MessageStatus.COMPLETED,
        author_id=draft.author,
        reply_to_id=draft.reply_to,
        run=draft.run,
        visible_to=draft.visible_to,
        key=draft.key,
        digest=draft.digest,
        original=draft.original,
        created_at=timezone.now(),
    )
    message.save(force_insert=True)
    _touch(message)
    data = {"message": wire(message), "length": len(message.text)}
    about = replace(about, visible_to=draft.visible_to)
    log.append(conversation.stream, "message.received" if said else "message.completed", data, about)
    return message


def wire(message: Message) -> dict[str, Any]:
    """A message as REST and events show it."""
    return {
        "id": str(message.id),
        "conversation": str(message.conversation_id),
        "seq": message.seq,
        "role": message.role,
        "kind": message.kind,
        "text": message.text,
        "parts": message.parts,
        "metadata": message.metadata,
        "status": message.status,
        "author": str(message.author_id) if message.author_id else None,
        "reply_to": str(message.reply_to_id) if message.reply_to_id else None,
        "run": str(message.run) if message.run else None,
        "visible_to": message.visible_to,
        "created_at": log.row_time(message.created_at),
    }


def _touch(message: Message) -> None:
    Conversation.objects.filter(id=message.conversation_id).update(
        context_version=F("context_version") + 1,
        message_count=F("message_count") + 1,
        private_count=F("private_count") + int(message.visible_to != ""),
        updated_at=timezone.now(),
    )
