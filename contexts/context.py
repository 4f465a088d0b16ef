"""What a handler knows: frozen views of a conversation, made from rows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contexts.models import Message


@dataclass(frozen=True)
class MessageView:
    """One message as handlers see it. `seq` orders messages within the conversation.

    `shortened`: its text is cut, or parts are left out, and the text says so. `tokens`: what it costs as it is shown.
    """

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
    tokens: int = 0
    shortened: bool = False


@dataclass(frozen=True)
class Pinned:
    """What stays: a message, or a note in words of its own. System notes are pinned by being there; `id` is None."""

    id: UUID | None
    message: MessageView | None
    text: str
    tokens: int
    expires_at: datetime | None = None


@dataclass(frozen=True)
class SummaryView:
    """What left the window, in a few lines. It covers `messages` messages, numbered `first_seq` to `last_seq`."""

    text: str
    first_seq: int
    last_seq: int
    messages: int
    tokens: int
    made_by: str = "extractive"


@dataclass(frozen=True)
class EntityView:
    """A thing that messages name. `owner`: the user whose it is said to be, as text; or "". `source`: who says so.

    `label`: what it is said to be ("my email", "deadline"), or "".
    """

    id: UUID
    type: str
    value: str
    normal: str
    confidence: float
    first_seen: datetime
    last_seen: datetime
    count: int
    pinned: bool
    owner: str
    source: str
    tokens: int = 0
    label: str = ""


@dataclass(frozen=True)
class Recalled:
    """An older message that matters to the one to be answered. `terms`: stems that both hold; `score` is up to 1."""

    message: MessageView
    score: float
    terms: tuple[str, ...]

    @property
    def tokens(self) -> int:
        return self.message.tokens


@dataclass(frozen=True)
class Pending:
    """A task that an expert has and has not done yet. `prompt`: what it asks; "" where it asks nothing."""

    id: UUID
    expert: str
    name: str
    skill: str
    state: str
    created_at: datetime
    progress: float | None = None
    said: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class Participant:
    id: UUID
    username: str
    name: str
    role: str


@dataclass(frozen=True)
class Asker:
    """Who wrote the message to be answered, and from where. `active_workspace`: this one, or None: of others nothing is
    told. `risk`: of the session, and of open flags on user, session and message; 0 to 100.
    """

    id: UUID
    username: str
    name: str
    preferences: dict[str, Any] = field(default_factory=dict)
    session_preferences: dict[str, Any] = field(default_factory=dict)
    active_workspace: UUID | None = None
    risk: int = 0


@dataclass(frozen=True)
class Context:
    """The conversation as of `version`, within `budget` tokens, of which `tokens` are spent.

    `messages`: the newest that fit, oldest first, without the one to be answered. `total`: how many messages the
    conversation has seen before it, of which `left_out` are not shown as messages. `metadata`: the conversation's over
    the session's over the user's. `delegations`: those that are open; `requests`: those of them that ask something.
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
    budget: int = 0
    pinned: tuple[Pinned, ...] = ()
    summary: SummaryView | None = None
    entities: tuple[EntityView, ...] = ()
    recalled: tuple[Recalled, ...] = ()
    asker: Asker | None = None
    risk: int = 0
    delegations: tuple[Pending, ...] = ()
    requests: tuple[Pending, ...] = ()


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
