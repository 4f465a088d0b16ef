"""The context manager: what a handler may know when it answers a message. Used by the dispatcher, and by nobody else.

`load`       reads a context: from the snapshot of its version, else from rows.
`append`     stores a message, makes it findable, and keeps the next snapshot once it is committed.
`prune`      takes messages out of the window, or says what it would take: `contexts/pruning.py`.
`invalidate` makes every snapshot of a conversation unreadable.
`snapshot`   is what everybody's context of the present version is made from.
`explain`    tells of each item why it is in, and of what was left out: `contexts/explaining.py`.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from contexts import changes, explaining, gathering, limits, messages, relevance, snapshots
from contexts.asking import asker_of, participants_of
from contexts.context import Context, view
from contexts.explaining import Explained
from contexts.known import Known, Later
from contexts.limits import Limits
from contexts.messages import Draft, Written
from contexts.models import Conversation, Message, MessageRole
from contexts.shortening import priced
from contexts.snapshots import Key, Snapshot
from contexts.visible import KNOWN
from project import log
from project.readers import EVERYBODY, Reader


def load(
    message: Message, reader: Reader = EVERYBODY, unanswered: Collection[UUID] = (), session: UUID | None = None
) -> Context:
    """What a handler may know when it answers `message`, within the policy of its workspace: what `reader` may read.

    `session`: where the message came from. One read of the cache and four of rows; more where there is no snapshot,
    where older messages may matter, or where the reader has messages of their own.
    """
    return told(know(message, reader, unanswered), session)


def append(conversation: Conversation, draft: Draft, about: log.About) -> Message:
    """Store a message and tell it, by its status, inside the caller's transaction."""
    written = messages.write(conversation, draft, about)
    message = written.message
    if not draft.held:
        relevance.index(message)
        _follow(conversation, written)
    return message


def invalidate(conversation: Conversation, about: log.About | None = None) -> int:
    """Let the next load read rows, and tell it. Returns the version from now on."""
    with transaction.atomic():
        return changes.change(conversation, about or log.About(conversation.workspace_id), {})


def snapshot(conversation: Conversation, bounds: Limits) -> Snapshot:
    """Of the present version: from the cache, else from rows, and kept.

    Rows are read while others write: what was gathered is kept only if the version is the same afterwards. It is looked
    at once more when it is kept: what a deletion took away meanwhile is not put back.
    """
    epoch = getattr(conversation, "epoch", None) or log.head(conversation.stream).epoch
    key = Key(conversation.id, epoch, conversation.context_version, bounds)
    held = snapshots.read(key)
    if held is not None:
        return held
    gathered = gathering.gather(conversation, bounds)
    if not _is_present(conversation):
        return gathered
    kept = snapshots.store(key, gathered)
    if not _is_present(conversation):
        snapshots.forget(conversation.id)
    return kept


def _is_present(conversation: Conversation) -> bool:
    now = Conversation.objects.values_list("context_version", flat=True).get(id=conversation.id)
    return bool(now == conversation.context_version)


def know(message: Message, reader: Reader = EVERYBODY, unanswered: Collection[UUID] = ()) -> Known:
    """What `load` chooses from."""
    later = Later(message, frozenset(unanswered))
    conversation = _counted(message, reader, later.rows)
    bounds = limits.of(conversation)
    return Known(later, reader, conversation, bounds, snapshot(conversation, bounds), timezone.now())


def explain(known: Known, viewer: Reader) -> Explained:
    """Why each item is in, and what was left out: told to `viewer`, with whom counts stay of what they may read."""
    return explaining.explain(known, viewer)


def told(known: Known, session: UUID | None = None) -> Context:
    conversation = known.conversation
    asker = asker_of(known.message, session)
    return Context(
        conversation=conversation.id,
        workspace=conversation.workspace_id,
        title=conversation.title,
        version=conversation.context_version,
        messages=known.window.messages,
        tokens=known.tokens,
        total=known.total,
        left_out=known.left_out,
        started_at=conversation.created_at,
        participants=participants_of(conversation.workspace_id),
        metadata={**(asker.preferences | asker.session_preferences if asker else {}), **conversation.metadata},
        budget=known.limits.tokens,
        pinned=known.pinned,
        summary=known.summary,
        entities=known.entities,
        recalled=known.recalled,
        asker=asker,
        risk=asker.risk if asker else 0,
    )


def _follow(conversation: Conversation, written: Written) -> None:
    """A system note is pinned by being there: the next load makes that snapshot from rows."""
    message = written.message
    if message.role != MessageRole.SYSTEM:
        bounds = limits.of(conversation)
        added = [] if message.visible_to else [priced(view(message), bounds)]
        snapshots.follow(Key(conversation.id, written.epoch, written.version, bounds), added)


def _counted(message: Message, reader: Reader, later: Q) -> Any:
    """The conversation with its log's epoch, `waiting`, those that are `later`, and what is `private` to the reader.

    In one statement: what arrives between two would count in one of them only.
    """
    here = Message.objects.filter(conversation=OuterRef("pk"))
    waiting = _count(here.filter(reader.rows, later, status__in=KNOWN))
    private = Value(0) if reader == EVERYBODY else _count(here.filter(reader.rows, visible_to__gt="", status__in=KNOWN))
    rows = Conversation.objects.select_related("workspace__context_policy")
    epoch = Subquery(log.epoch(message.conversation.stream))
    return rows.annotate(epoch=epoch, waiting=waiting, private=private).get(id=message.conversation_id)


def _count(messages: "QuerySet[Message]") -> Coalesce:
    return Coalesce(Subquery(messages.values("conversation").annotate(count=Count("id")).values("count")), 0)
