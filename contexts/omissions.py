"""What a context leaves out, and why: in counts. Texts of what is not shown are not told here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from contexts import entities, visible, window
from contexts.knowledge import Entity, Pin
from contexts.known import Known
from contexts.models import Message, MessageStatus
from project.readers import Reader

MOST_NAMED: Final = 20

SAYS: Final = {
    "expired": "their own `expires_at` has passed",
    "pair": "they answer a message that is not shown",
    "age": "they are older than the policy's days",
    "count": "the policy takes no more messages",
    "budget": "there are no tokens left for them",
    "pruned": "somebody took them out of the window",
    "waits": "they wait for their own turn",
    "held": "they are held for a review",
    "rejected": "a reviewer refused them, or nobody decided in time",
    "deleted": "they were deleted",
    "audience": "not all who read the answer may read them",
    "share": "their part of the budget is spent",
    "most": "a context looks at no more of them",
    "policy": "the policy leaves them out",
    "not_folded": "the summary does not tell of them yet",
}
STATUSES: Final = {
    MessageStatus.QUARANTINED: "held",
    MessageStatus.REJECTED: "rejected",
    MessageStatus.DELETED: "deleted",
}


@dataclass(frozen=True)
class Omission:
    """`kind`: messages, pins, entities or summary. `messages`: the ids of some of them, where they are at hand."""

    kind: str
    why: str
    count: int
    messages: tuple[UUID, ...] = ()

    @property
    def says(self) -> str:
        return SAYS[self.why]


def of(known: Known, viewer: Reader) -> Iterator[Omission]:
    """Those that there are. `viewer` gets counts of messages that they may read and no context holds."""
    found = (*_messages(known), *_unreadable(known, viewer), *_pins(known), *_entities(known), *_summary(known))
    return (one for one in found if one.count > 0)


def _messages(known: Known) -> Iterator[Omission]:
    """Those of `Context.left_out`, each counted once, and those that wait."""
    passed = known.window.passed
    by = {why: [one.message.id for one in passed if one.why == why] for why in ("expired", "pair")}
    pruned = _pruned(known).count()
    yield from (Omission("messages", why, len(ids), tuple(ids[:MOST_NAMED])) for why, ids in by.items())
    yield Omission("messages", "pruned", pruned)
    if known.window.ended:
        nearest = tuple(one.message.id for one in passed if one.why == known.window.ended)
        rest = known.left_out - pruned - sum(map(len, by.values()))
        yield Omission("messages", known.window.ended, rest, nearest)
    yield Omission("messages", "waits", known.conversation.waiting - (not known.message._state.adding))


def _pruned(known: Known) -> "QuerySet[Message]":
    rows = visible.messages(known.conversation.id, known.reader).filter(~known.later.rows)
    out = Q(pruned=True) | Q(seq__lte=known.conversation.pruned_until)
    return rows.filter(out).exclude(id__in=known.pinned_ids)


def _unreadable(known: Known, viewer: Reader) -> Iterator[Omission]:
    rows = Message.objects.filter(viewer.rows, conversation=known.conversation.id)
    statuses = rows.filter(status__in=STATUSES).values_list("status").annotate(count=Count("id"))
    yield from (Omission("messages", STATUSES[MessageStatus(status)], count) for status, count in statuses)
    others = rows.filter(status__in=visible.KNOWN).exclude(known.reader.rows)
    if viewer != known.reader:
        yield Omission("messages", "audience", others.count())


def _pins(known: Known) -> Iterator[Omission]:
    gone = [pin for pin in known.held.pinned if window.over(pin, known.now)]
    waiting = [pin for pin in known.held.pinned if pin.message and known.later.has(pin.message)]
    away = {id(pin) for pin in (*gone, *waiting)}
    yield Omission("pins", "expired", len(gone))
    yield Omission("pins", "waits", len(away) - len(gone))
    yield Omission("pins", "share", len(known.held.pinned) - len(known.pinned) - len(away))
    rows = Pin.objects.filter(conversation=known.conversation.id).count()
    yield Omission("pins", "audience", rows - sum(pin.id is not None for pin in known.held.pinned))


def _entities(known: Known) -> Iterator[Omission]:
    there: Any = Entity.objects.filter(conversation=known.conversation.id)
    count = there.known().count()
    if not known.limits.entities:
        yield Omission("entities", "policy", count)
        return
    yield Omission("entities", "share", len(known.held.entities) - len(known.entities))
    if len(known.held.entities) >= entities.MOST:
        yield Omission("entities", "most", count - len(known.held.entities))


def _summary(known: Known) -> Iterator[Omission]:
    """Messages before the window that are in no part of the summary, and of which it has no line."""
    older = visible.messages(known.conversation.id).filter(~known.later.rows, seq__lt=known.until, expires_at=None)
    rows = older.exclude(id__in=known.pinned_ids)
    if not known.limits.summary:
        yield Omission("summary", "policy", rows.count())
        return
    loose = rows.filter(seq__gt=known.conversation.folded_until).exclude(text="").count()
    yield Omission("summary", "not_folded", loose - len(known.lines))
    if known.summary is None:
        yield Omission("summary", "budget", len(known.lines))
