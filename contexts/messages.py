"""Message rows and what is told of them. Only `store.append` writes new ones, for `receive()` and `conclude()`."""

from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from contexts import expiry, folding, relevance, versions
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project import log
from project.ids import new_id
from security.models import User


@dataclass(frozen=True)
class Draft:
    """A message before it has a place. `id` is given where it was promised before (a run fixes its reply's id).

    `writer`: the author, where the caller has the row. `held`: it waits for a review, and nobody but its author and
    staff learns of it until then.
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
    writer: User | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Written:
    """A stored message, and the version of the context that it makes, in the epoch of the conversation's log."""

    message: Message
    epoch: int
    version: int


TOLD: Final[dict[str, str]] = {
    MessageStatus.RECEIVED: "message.received",
    MessageStatus.COMPLETED: "message.completed",
    MessageStatus.QUARANTINED: "message.quarantined",
}


def write(conversation: Conversation, draft: Draft, about: log.About) -> Written:
    """Store a message and tell it, by its status, inside the caller's transaction."""
    head = log.lock(conversation.stream)
    message = Message(
        id=draft.id,
        conversation=conversation,
        seq=head.seq + 1,
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
        expires_at=expiry.ends(draft.metadata),
        created_at=timezone.now(),
    )
    if draft.writer:
        message.author = draft.writer
    message.save(force_insert=True)
    version = _count(message)
    log.append(conversation.stream, TOLD[message.status], whole(message), replace(about, visible_to=message.visible_to))
    return Written(message, head.epoch, version)


def unsaid(conversation: Conversation, author: User | None = None, text: str = "") -> Message:
    """What somebody might say next: it is no row, and becomes none."""
    return Message(
        conversation=conversation,
        seq=log.head(conversation.stream).seq + 1,
        role=MessageRole.USER,
        kind="text",
        text=text,
        author=author,
        status=MessageStatus.RECEIVED,
        created_at=timezone.now(),
    )


def release(message: Message, run: UUID, about: log.About) -> None:
    """Let a held message out to all who read the conversation, at the place that it has; `run` answers it."""
    message.status, message.visible_to = MessageStatus.RECEIVED, ""
    message.run, message.released_at = run, timezone.now()
    message.save(update_fields=["status", "visible_to", "run", "released_at"])
    versions.rise(message.conversation_id, private=-1)
    relevance.index(message)
    folding.spoil(message.conversation, [message.seq])
    log.append(message.conversation.stream, "message.released", whole(message), about)


def edit(message: Message, body: dict[str, Any], original: dict[str, Any] | None, about: log.About) -> None:
    """Let it say something else from now on. `body`: text, parts and metadata, as they are shown.

    What it said before stays in the events that told of it: the log is what happened.
    """
    for name, value in body.items():
        setattr(message, name, value)
    message.original, message.edited_at = original, timezone.now()
    message.expires_at = expiry.ends(message.metadata)
    message.save(update_fields=[*body, "original", "edited_at", "expires_at"])
    if message.expires_at is None or message.expires_at > message.edited_at:
        _unexpire(message)
    versions.rise(message.conversation_id)
    relevance.index(message)
    log.append(
        message.conversation.stream, "message.edited", whole(message), replace(about, visible_to=message.visible_to)
    )


def _unexpire(message: Message) -> None:
    """It is of use again. What users took out of the window stays out."""
    Message.objects.filter(id=message.id, expired_at__isnull=False).update(pruned=False, expired_at=None)


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
        "edited_at": log.row_time(message.edited_at) if message.edited_at else None,
    }


def _status(draft: Draft) -> MessageStatus:
    if draft.held:
        return MessageStatus.QUARANTINED
    return MessageStatus.RECEIVED if draft.role == MessageRole.USER else MessageStatus.COMPLETED


def whole(message: Message) -> dict[str, Any]:
    """What events about a message say."""
    return {"message": wire(message), "length": len(message.text)}


def _count(message: Message) -> int:
    """Of a held message the conversation shows nothing to others, its version and time neither."""
    if message.status != MessageStatus.QUARANTINED:
        private = int(message.visible_to != "")
        return versions.rise(message.conversation_id, 1, private, followed=message.role != MessageRole.SYSTEM)
    rows = Conversation.objects.filter(id=message.conversation_id)
    rows.update(message_count=F("message_count") + 1, private_count=F("private_count") + 1)
    return 0
