"""What a handler knows: frozen views of a conversation, made from rows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contexts.models import Message


@dataclass(frozen=True)
class MessageView:
    """One message as handlers see it. `seq` orders messages within the conversation."""

    id: UUID
    seq: int
    role: str
    kind: str
    text: str
    author: str
    created_at: datetime
    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    reply_to: UUID | None = None


@dataclass(frozen=True)
class Participant:
    id: UUID
    username: str
    name: str
    role: str


@dataclass(frozen=True)
class Context:
    """The conversation as of `version`.

    `messages`: the newest that fit the token budget, oldest first, without the one to be answered. `tokens`: what they
    cost. `total`: how many messages the conversation has seen before it, of which `left_out` did not fit.
    """

    conversation: UUID
    workspace: UUID
    title: str
    version: int
    messages: tuple[MessageView, ...]
    tokens: int
    total: int
    left_out: int
    started_at: datetime
    participants: tuple[Participant, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


def view(message: Message) -> MessageView:
    return MessageView(
        id=message.id,
        seq=message.seq,
        role=message.role,
        kind=message.kind,
        text=message.text,
        author=message.author.username if message.author else message.role,
        created_at=message.created_at,
        parts=tuple(message.parts),
        metadata=message.metadata,
        reply_to=message.reply_to_id,
    )
