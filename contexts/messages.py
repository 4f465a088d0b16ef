"""Appending messages. Only `dispatch` does: `receive()` for what people say, `conclude()` for answers."""

from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project import log
from project.ids import new_id


@dataclass(frozen=True)
class Draft:
    """A message before it has a place. `id` is given where it was promised before (a run fixes its reply's id).

    `held`: it waits for a review, and nobody but its author and staff learns of it until then.
    """

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
    held: bool = False
    id: UUID = field(default_factory=new_id)


TOLD: Final[dict[str, str]] = {
    MessageStatus.RECEIVED: "message.received",
    MessageStatus.COMPLETED: "message.completed",
    MessageStatus.QUARANTINED: "message.quarantined",
}


def append(conversation: Conversation, draft: Draft, about: log.About) -> Message:
    """Store a message and tell it, by its status, inside the caller's transaction."""
    message = Message(
        id=draft.id,
        conversation=conversation,
        seq=log.lock(conversation.stream).seq + 1,
        role=draft.role,
        kind=draft.kind,
        text=draft.text,
        parts=list(draft.parts),
        metadata=draft.metadata,
        status=_status(draft),
        author_id=draft.author,
        reply_to_id=draft.reply_to,
        run=draft.run,
        visible_to=str(draft.author) if draft.held else draft.visible_to,
        key=draft.key,
        digest=draft.digest,
        original=draft.original,
        created_at=timezone.now(),
    )
    message.save(force_insert=True)
    _touch(message)
    log.append(
        conversation.stream, TOLD[message.status], _whole(message), replace(about, visible_to=message.visible_to)
    )
    return message


def release(message: Message, run: UUID, about: log.About) -> None:
    """Let a held message out to all who read the conversation, at the place that it has; `run` answers it."""
    message.status, message.visible_to = MessageStatus.RECEIVED, ""
    message.run, message.released_at = run, timezone.now()
    message.save(update_fields=["status", "visible_to", "run", "released_at"])
    rows = Conversation.objects.filter(id=message.conversation_id)
    rows.update(private_count=F("private_count") - 1, **_news())
    log.append(message.conversation.stream, "message.released", _whole(message), about)


def reject(message: Message, reason: str, about: log.About) -> None:
    """Close a held message for good: its text stays with its author and staff. `reason`: rejected or expired."""
    message.status = MessageStatus.REJECTED
    message.save(update_fields=["status"])
    data = {"client_id": message.key, "code": f"message_{reason}", "message": str(message.id), "reason": reason}
    log.append(message.conversation.stream, "message.rejected", data, replace(about, visible_to=message.visible_to))


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


def _status(draft: Draft) -> MessageStatus:
    if draft.held:
        return MessageStatus.QUARANTINED
    return MessageStatus.RECEIVED if draft.role == MessageRole.USER else MessageStatus.COMPLETED


def _whole(message: Message) -> dict[str, Any]:
    return {"message": wire(message), "length": len(message.text)}


def _touch(message: Message) -> None:
    """Of a held message the conversation shows nothing to others, its version and time neither."""
    news = {} if message.status == MessageStatus.QUARANTINED else _news()
    Conversation.objects.filter(id=message.conversation_id).update(
        message_count=F("message_count") + 1,
        private_count=F("private_count") + int(message.visible_to != ""),
        **news,
    )


def _news() -> dict[str, Any]:
    return {"context_version": F("context_version") + 1, "updated_at": timezone.now()}
