"""Pruning: messages leave the window and are recalled no more. Nothing is lost: they stay in the conversation, in the
summary and in what was learned from them, and come back when they are restored.

A range is a number on the conversation: all before it are out, also what some alone may read. Others are marked one by
one. What is pinned stays in the context as long as it is pinned.
"""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from contexts import limits, pins, relevance, versions, visible, window, words
from contexts.context import view
from contexts.knowledge import Pin
from contexts.limits import Limits
from contexts.models import Conversation, Message
from contexts.shortening import priced
from project import log
from project.errors import Unprocessable
from project.readers import EVERYBODY, Reader

MOST_NAMED: Final = 100


class UnknownMessages(Unprocessable):
    code = "unknown_messages"
    title = "What is to be pruned names a message that is not in this conversation"


class NothingAsked(Unprocessable):
    code = "nothing_asked"
    title = "The text in `irrelevant_to` has no word to compare messages by"


@dataclass(frozen=True)
class Wanted:
    """What is to leave the window: what any of these names.

    All but the newest `keep_last`; what is `older_than` a time, or comes `before` a message; what does not fit into so
    many `tokens`, the newest first; what has `expired`, pins too; of the window's messages those that share no word
    with `irrelevant_to`, nor does their question or answer; `messages` by their ids. `restore`: all come back instead.
    """

    keep_last: int | None = None
    older_than: datetime | None = None
    before: UUID | None = None
    tokens: int | None = None
    expired: bool = False
    irrelevant_to: str = ""
    messages: tuple[UUID, ...] = ()
    restore: bool = False


@dataclass(frozen=True)
class Gone:
    message: UUID
    reason: str


@dataclass(frozen=True)
class Pruned:
    """What leaves, or comes back, of what the asker may read. `tokens`: of those that a window can show. `messages`:
    the newest of them by name. `version`: of the context, afterwards. `pins`: expired ones, which are gone for good.
    """

    count: int
    tokens: int
    messages: tuple[Gone, ...]
    version: int
    pins: int = 0


@dataclass(frozen=True)
class Choice:
    """`until`: the number up to which all leave, for the reason `why`. `single`: others, with the reason of each.
    `expired`: what ends by then. `kept`: pinned messages.
    """

    until: int = 0
    why: str = ""
    single: dict[UUID, str] = field(default_factory=dict)
    expired: datetime | None = None
    kept: frozenset[UUID] = frozenset()

    @property
    def marked(self) -> Q:
        over = Q(expires_at__lte=self.expired) if self.expired else Q(pk__in=[])
        return (Q(id__in=list(self.single)) | over) & ~Q(id__in=list(self.kept))

    @property
    def leaving(self) -> Q:
        return self.marked | Q(seq__lte=self.until) & ~Q(id__in=list(self.kept))

    def reason(self, message: Message) -> str:
        """ "" for one that stays."""
        if message.id in self.kept:
            return ""
        if message.seq <= self.until:
            return self.why
        over = self.expired and message.expires_at and message.expires_at <= self.expired
        return self.single.get(message.id) or ("expired" if over else "")


def prune(
    conversation: Conversation, wanted: Wanted, about: log.About, reader: Reader = EVERYBODY, dry_run: bool = False
) -> Pruned:
    """Do it; or, with `dry_run`, say what it would do to the same rows. `reader`: who asks.

    :raises UnknownMessages: when a message is named that the reader does not find here. :raises NothingAsked: when no
    word is named to compare by.
    """
    with nullcontext() if dry_run else transaction.atomic():
        if not dry_run:
            log.lock(conversation.stream)
        conversation = Conversation.objects.select_related("workspace__context_policy").get(id=conversation.id)
        if wanted.restore:
            return _restore(conversation, about, reader, dry_run)
        bounds = limits.of(conversation)
        rows = visible.in_window(conversation, reader)
        choice = _choose(conversation, reader, wanted, bounds)
        over = _over(conversation, choice)
        report = _report(conversation, rows, choice, bounds)
        report = replace(report, pins=over.count())
        if dry_run or not (report.count or report.pins):
            return report
        told = visible.in_window(conversation).filter(choice.leaving).count()
        over.delete()
        _take_out(conversation, choice)
        return replace(report, version=tell(conversation, "manual", told, about))


def _over(conversation: Conversation, choice: Choice) -> "QuerySet[Pin]":
    mine = Pin.objects.filter(conversation=conversation)
    return mine.filter(expires_at__lte=choice.expired) if choice.expired else mine.none()


def tell(conversation: Conversation, reason: str, count: int, about: log.About) -> int:
    """Raise the version, and say how many left for it, or came back, of those that everybody may read."""
    version = versions.rise(conversation.id)
    data = {"version": version, "reason": reason, "messages": count}
    log.append(conversation.stream, "context.pruned", data, about)
    return version


def _choose(conversation: Conversation, reader: Reader, wanted: Wanted, bounds: Limits) -> Choice:
    now, rows = timezone.now(), visible.in_window(conversation, reader)
    live = (pin for pin in pins.of(conversation.id, bounds) if not window.over(pin, now))
    kept = frozenset(pin.message.id for pin in live if pin.message)
    ranges = list(_ranges(rows.exclude(id__in=kept).order_by("-seq"), wanted, bounds))
    named = dict.fromkeys(wanted.messages, "named")
    if wanted.before or named:
        known = visible.messages(conversation.id, reader)
        seqs = _seqs(known, {*wanted.messages, *([wanted.before] if wanted.before else [])})
        ranges += [(seqs[wanted.before] - 1, "before")] if wanted.before else []
    until, why = max(ranges, default=(0, ""))
    single = {**_irrelevant(rows.order_by("-seq")[: bounds.messages], wanted.irrelevant_to), **named}
    return Choice(until, why, single, now if wanted.expired else None, kept)


def _ranges(newest: "QuerySet[Message]", wanted: Wanted, bounds: Limits) -> Iterator[tuple[int, str]]:
    """The number of the newest message that leaves for each of them."""
    seqs = newest.values_list("seq", flat=True)
    if wanted.keep_last is not None:
        yield from ((seq, "count") for seq in seqs[wanted.keep_last : wanted.keep_last + 1])
    if wanted.older_than is not None:
        yield from ((seq, "age") for seq in seqs.filter(created_at__lt=wanted.older_than)[:1])
    if wanted.tokens is not None:
        yield _beyond(newest[: bounds.messages], wanted.tokens, bounds), "budget"


def _beyond(newest: "Iterable[Message]", room: int, bounds: Limits) -> int:
    """0 when all of a window fit."""
    for message in newest:
        room -= priced(view(message), bounds).tokens
        if room < 0:
            return message.seq
    return 0


def _seqs(known: "QuerySet[Message]", ids: set[UUID]) -> dict[UUID, int]:
    found = dict(known.filter(id__in=ids).values_list("id", "seq"))
    if ids - found.keys():
        raise UnknownMessages(f"There is no {min(map(str, ids - found.keys()))} in its context.")
    return found


def _irrelevant(newest: "Iterable[Message]", text: str) -> dict[UUID, str]:
    """A question and its answers are compared as one."""
    if not text:
        return {}
    asked, messages = words.terms(text), list(newest)
    if not asked:
        raise NothingAsked()
    matter = {message.reply_to_id or message.id for message in messages if asked & words.terms(message.text)}
    return {message.id: "irrelevant" for message in messages if (message.reply_to_id or message.id) not in matter}


def _report(conversation: Conversation, rows: "QuerySet[Message]", choice: Choice, bounds: Limits) -> Pruned:
    newest = rows.order_by("-seq")
    leaving = newest.filter(choice.leaving)
    return Pruned(
        count=leaving.count(),
        tokens=sum(priced(view(one), bounds).tokens for one in newest[: bounds.messages] if choice.reason(one)),
        messages=tuple(Gone(one.id, choice.reason(one)) for one in leaving[:MOST_NAMED]),
        version=conversation.context_version,
    )


def _take_out(conversation: Conversation, choice: Choice) -> None:
    if choice.until:
        Conversation.objects.filter(id=conversation.id).update(
            pruned_until=Greatest("pruned_until", Value(choice.until))
        )
    mark(Message.objects.filter(choice.marked, conversation=conversation, pruned=False))
    named = Message.objects.filter(id__in=list(choice.single), conversation=conversation, pruned=True)
    named.update(expired_at=None)  # what has expired by itself is out by somebody's wish from now on


def mark(rows: "QuerySet[Message]", expired_at: datetime | None = None) -> int:
    """They are out of the window, and found no more. Returns how many. Under the lock of the log."""
    relevance.drop(rows)
    return rows.update(pruned=True, expired_at=expired_at)


def _unmark(conversation: Conversation) -> None:
    rows = Message.objects.filter(conversation=conversation, pruned=True)
    known = rows.filter(status__in=visible.KNOWN).select_related("conversation")
    found = list(known.only("conversation__workspace_id", "seq", "text", "visible_to"))
    rows.update(pruned=False, expired_at=None)
    relevance.index_all(found)


def _restore(conversation: Conversation, about: log.About, reader: Reader, dry_run: bool) -> Pruned:
    out = Q(pruned=True) | Q(seq__lte=conversation.pruned_until)
    newest = visible.messages(conversation.id, reader).filter(out).order_by("-seq")
    bounds = limits.of(conversation)
    report = Pruned(
        count=newest.count(),
        tokens=sum(priced(view(one), bounds).tokens for one in newest[: bounds.messages]),
        messages=tuple(Gone(one.id, "restored") for one in newest[:MOST_NAMED]),
        version=conversation.context_version,
    )
    if dry_run or not report.count:
        return report
    told = visible.messages(conversation.id).filter(out).count()
    Conversation.objects.filter(id=conversation.id).update(pruned_until=0)
    _unmark(conversation)
    return replace(report, version=tell(conversation, "restored", told, about))
