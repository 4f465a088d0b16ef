"""What a context is, computed slowly and obviously: all rows are read, nothing is kept, and no rule is optimised.

Only what a rule is made of is the code's own: what a message costs, how a long one is shortened, which line it makes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from contexts import limits, relevance, summaries, tokens
from contexts.context import Pinned, SummaryView, view
from contexts.knowledge import Entity, Pin
from contexts.limits import Limits
from contexts.models import Conversation, Message
from contexts.sentences import Line
from contexts.shortening import cut, priced
from contexts.summaries import MOST_LOOSE
from contexts.window import expired
from project.readers import Reader
from security.models import Membership, User
from tests.contexts.shown import Shown, summed

NOTES = 20  # pins that count, and as many system notes
NAMED = 60  # entities


@dataclass(frozen=True)
class Reference:
    """Of `conversation`, when `message` is answered at `now` and `reader` is to read it."""

    message: Message
    reader: Reader
    now: datetime
    unanswered: frozenset = frozenset()

    def shown(self) -> Shown:
        pinned, entities, window = self.pinned, self.entities, self.window
        summary, recalled = self.summary, self.recalled
        total = [row for row in self.readable if not self.is_later(row)]
        return Shown(
            version=self.conversation.context_version,
            messages=[(one.seq, one.text, one.author, one.shortened) for one in window],
            pinned=[pin.message.text if pin.message else pin.text for pin in pinned],
            entities=[entity.value for entity in entities],
            summary=summed(summary),
            recalled=[one.seq for one in recalled],
            tokens=_spent(window, pinned, entities, recalled) + (summary.tokens if summary else 0),
            total=len(total),
            left_out=max(0, len(total) - len(window) - len([pin for pin in pinned if pin.message])),
            participants=[(one.user.username, one.role) for one in self.members],
            metadata={**self.preferences, **self.conversation.metadata},
        )

    @cached_property
    def conversation(self) -> Conversation:
        return Conversation.objects.select_related("workspace__context_policy").get(id=self.message.conversation_id)

    @cached_property
    def members(self) -> list[Membership]:
        return list(Membership.objects.filter(workspace=self.conversation.workspace_id).order_by("id"))

    @property
    def preferences(self) -> dict[str, Any]:
        """As they are now, whatever the message was read with."""
        return dict(User.objects.values_list("preferences", flat=True).get(messages=self.message))

    @cached_property
    def limits(self):
        return limits.of(self.conversation)

    def room(self, share: float) -> int:
        return int(self.limits.tokens * share)

    @cached_property
    def rows(self) -> list[Message]:
        rows = Message.objects.filter(conversation=self.message.conversation_id).select_related("author")
        return [row for row in rows.order_by("seq") if row.status in ("received", "completed")]

    @cached_property
    def public(self) -> list[Message]:
        return [row for row in self.rows if row.visible_to == ""]

    @cached_property
    def readable(self) -> list[Message]:
        return [row for row in self.rows if self.reader.sees(row.visible_to)]

    def is_later(self, row: Any) -> bool:
        if row.role != "user" or row.seq < self.message.seq:
            return False
        return row.id == self.message.id or row.id in self.unanswered or self.message.released_at is None

    def is_pruned(self, row: Message) -> bool:
        return row.pruned or row.seq <= self.conversation.pruned_until

    @cached_property
    def pinned(self):
        """Notes and messages that people pinned, the newest first; then system notes; as far as their share goes."""
        rows = Pin.objects.filter(conversation=self.message.conversation_id).order_by("-id")[:NOTES]
        public = {row.id: row for row in self.public}
        found = [
            (pin.expires_at, _pinned(pin, public[pin.message_id] if pin.message_id else None, self.limits))
            for pin in rows
            if pin.message_id is None or pin.message_id in public
        ]
        held = {pin.message_id for pin in rows}
        notes = [row for row in reversed(self.public) if row.role == "system" and row.id not in held]
        found += [(None, _pinned(None, row, self.limits)) for row in notes[:NOTES]]
        live = [pin for expires_at, pin in found if expires_at is None or expires_at > self.now]
        live = [pin for pin in live if not (pin.message and expired(pin.message, self.now))]
        return _within([pin for pin in live if not (pin.message and self.is_later(pin.message))], self.room(0.2))

    @cached_property
    def entities(self):
        if not self.limits.entities:
            return []
        rows = list(Entity.objects.filter(conversation=self.message.conversation_id))
        known = [row for row in rows if row.removed_at is None and row.superseded_by_id is None]
        known.sort(key=lambda row: (row.pinned, row.last_seq, row.id), reverse=True)
        return _within([_entity(row) for row in known[:NAMED]], self.room(0.1))

    @cached_property
    def beside(self) -> set:
        return {pin.message.id for pin in self.pinned if pin.message}

    @cached_property
    def window(self):
        rows = [row for row in self.readable if not self.is_later(row) and not self.is_pruned(row)]
        views = [priced(view(row), self.limits) for row in rows if row.id not in self.beside]
        live = [one for one in reversed(views) if not expired(one, self.now)]
        room = self.room(1) - _spent(self.pinned, self.entities)
        shown = self.those_that_fit(live, room)
        if len(shown) == len(live):
            return shown
        room -= self.room(0.1) if self.limits.summary else 0
        room -= self.room(0.15) if self.limits.recalled else 0
        return self.without_answers_alone(self.those_that_fit(live, room), len(live))

    def those_that_fit(self, newest_first, room):
        count = 0
        for one in newest_first[: self.limits.messages]:
            if self.limits.days is not None and one.created_at < self.now - timedelta(days=self.limits.days):
                break
            if sum(other.tokens for other in newest_first[: count + 1]) > room:
                break
            count += 1
        return newest_first[:count][::-1]

    def without_answers_alone(self, shown, available):
        """An answer whose question is not there goes too; unless nothing else would be left."""
        there = {one.id for one in shown} | self.beside
        alone = 0
        while alone < len(shown) and shown[alone].reply_to and shown[alone].reply_to not in there:
            alone += 1
        whole = len(shown) == available or alone == len(shown)
        return shown if whole else shown[alone:]

    @cached_property
    def begins(self) -> int:
        window = self.window
        return window[0].seq if window else self.message.seq

    @cached_property
    def until(self) -> int:
        """What is summed up has lower numbers. To a message that was released the conversation has gone on."""
        return self.begins if self.message.released_at else min(self.begins, self.message.seq)

    @cached_property
    def lines(self) -> list[Line]:
        """Of public messages that are not shown as messages, and that no part of the summary covers."""
        folded = self.conversation.folded_until
        left = [row for row in self.public if folded < row.seq < self.until and not self.is_later(row)]
        lines = [summaries.gist(priced(view(row), self.limits)) for row in left if row.id not in self.beside]
        return [line for line in lines if line][-MOST_LOOSE:]

    @property
    def is_crowded(self) -> bool:
        """So many messages wait to be folded that a snapshot of few bytes has no line for the oldest."""
        return len([row for row in self.public if row.seq > self.conversation.folded_until]) > MOST_LOOSE

    @cached_property
    def summary(self) -> SummaryView | None:
        if not self.limits.summary:
            return None
        room = min(self.room(0.1), self.room(1) - _spent(self.window, self.pinned, self.entities))
        return summaries.compose(summaries.tops(self.conversation), self.lines, self.until, room)

    @cached_property
    def recalled(self):
        """What the search finds among older messages; only where some are not shown."""
        rows = [row for row in self.readable if not self.is_later(row) and not self.is_pruned(row)]
        live = [row for row in rows if row.id not in self.beside and not expired(view(row), self.now)]
        if not (self.limits.recalled and self.message.text) or len(live) == len(self.window):
            return []
        older = {row.id: priced(view(row), self.limits) for row in live if row.seq < self.begins}
        hits = relevance.recall(
            self.message.text,
            self.message.conversation_id,
            self.begins,
            self.reader,
            self.limits.recalled,
            self.conversation.pruned_until,
        )
        return _within([older[hit.message] for hit in hits if hit.message in older], self.room(0.15))


def _pinned(pin: Pin | None, row: Message | None, bounds: Limits) -> Pinned:
    shown = priced(view(row), bounds) if row else None
    text = cut(pin.text, bounds.share(0.25)) if pin and shown is None else ""
    cost = shown.tokens if shown else tokens.MESSAGE_OVERHEAD + tokens.count(text)
    return Pinned(pin.id if pin else None, shown, text, cost)


def _entity(row: Entity) -> SimpleNamespace:
    return SimpleNamespace(value=row.value, tokens=3 + tokens.count(f"{row.type}: {row.value}"))


def _spent(*kinds: list) -> int:
    return sum(one.tokens for kind in kinds for one in kind)


def _within(items: list, room: int) -> list:
    kept: list = []
    for item in items:
        if item.tokens <= room - _spent(kept):
            kept.append(item)
    return kept
