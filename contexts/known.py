"""Everything that a context is chosen from, and the choice. `load` and `explain` read the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q

from contexts import gathering, relevance, summaries, visible, window
from contexts.context import EntityView, MessageView, Pinned, Recalled, SummaryView, view
from contexts.limits import ENTITIES, PINNED, RECALLED, SUMMARY, Limits
from contexts.models import Message, MessageRole
from contexts.sentences import Line
from contexts.shortening import priced
from contexts.snapshots import Snapshot
from contexts.summaries import MOST_LOOSE
from contexts.window import Window
from project.readers import EVERYBODY, Reader


@dataclass(frozen=True)
class Later:
    """User messages that wait for their own turn: those from `message` on. Answers are known whenever they came.

    To one that was released from quarantine the conversation has gone on: only what is `unanswered` is later.
    """

    message: Message
    unanswered: frozenset[UUID] = frozenset()

    @property
    def rows(self) -> Q:
        later = Q(role=MessageRole.USER, seq__gte=self.message.seq)
        return later & Q(id__in=[self.message.id, *self.unanswered]) if self.message.released_at else later

    def has(self, view: MessageView) -> bool:
        if view.role != MessageRole.USER or view.seq < self.message.seq:
            return False
        return not self.message.released_at or view.id == self.message.id or view.id in self.unanswered


@dataclass(frozen=True)
class Known:
    """What `reader` may know of a conversation when `later.message` is answered, at `now`."""

    later: Later
    reader: Reader
    conversation: Any
    limits: Limits
    held: Snapshot
    now: datetime

    @property
    def message(self) -> Message:
        return self.later.message

    @cached_property
    def pinned(self) -> tuple[Pinned, ...]:
        live = (pin for pin in self.held.pinned if not window.over(pin, self.now))
        mine = (pin for pin in live if not (pin.message and self.later.has(pin.message)))
        return tuple(_within(mine, self.limits.share(PINNED)))

    @cached_property
    def entities(self) -> tuple[EntityView, ...]:
        named = self.held.entities if self.limits.entities else ()
        return tuple(_within(named, self.limits.share(ENTITIES)))

    @cached_property
    def pinned_ids(self) -> frozenset[UUID]:
        return frozenset(pin.message.id for pin in self.pinned if pin.message)

    @cached_property
    def window(self) -> Window:
        return window.choose(self._newest_first(), self.limits, self._room, self.now, self.pinned_ids)

    @property
    def begins(self) -> int:
        """The number of the window's first message; what is older is summed up and may be recalled."""
        return self.window.messages[0].seq if self.window.messages else self.message.seq

    @cached_property
    def summary(self) -> SummaryView | None:
        if not self.limits.summary:
            return None
        room = min(self.limits.share(SUMMARY), self._room - self.window.tokens)
        return summaries.compose(self.held.parts, self.lines, self.until, room)

    @cached_property
    def lines(self) -> list[Line]:
        """Of messages that are older than the window, and in no part of the summary."""
        return sorted(self._lines(), key=lambda line: line.seq)[-MOST_LOOSE:]

    @cached_property
    def recalled(self) -> tuple[Recalled, ...]:
        """Nothing is looked for while everything is in the window."""
        if not (self.limits.recalled and self.window.ended and self.message.text):
            return ()
        hits = relevance.recall(
            self.message.text,
            self.conversation.id,
            self.begins,
            self.reader,
            self.limits.recalled,
            self.conversation.pruned_until,
        )
        shown = visible.messages(self.conversation.id, self.reader).filter(seq__in=[hit.seq for hit in hits])
        rows = {row.id: row for row in shown}
        found = (
            Recalled(priced(view(rows[hit.message]), self.limits), hit.score, hit.terms)
            for hit in hits
            if hit.message in rows
        )
        live = (one for one in found if self._is_apart(one.message) and not window.expired(one.message, self.now))
        return tuple(_within(live, self.limits.share(RECALLED)))

    @property
    def total(self) -> int:
        """How many messages the conversation has seen before this one, of those that the reader may read."""
        return int(self.conversation.public_count + self.conversation.private - self.conversation.waiting)

    @property
    def left_out(self) -> int:
        return max(0, self.total - len(self.window.messages) - len(self.pinned_ids))

    @property
    def tokens(self) -> int:
        summary = self.summary.tokens if self.summary else 0
        return self.window.tokens + sum(map(spent, (self.pinned, self.entities, self.recalled))) + summary

    @property
    def _room(self) -> int:
        return self.limits.tokens - spent(self.pinned) - spent(self.entities)

    @property
    def until(self) -> int:
        """What is summed up has lower numbers. To one that was released the conversation has gone on."""
        return self.begins if self.message.released_at else min(self.begins, self.message.seq)

    def _lines(self) -> Iterator[Line]:
        """Of messages that are not folded, wherever the snapshot has them: its shape must not show."""
        beside = {pin.message.seq for pin in self.pinned if pin.message} | {self.message.seq}
        since = self.conversation.folded_until
        held = (line for view in self.held.messages if not self.later.has(view) and (line := summaries.gist(view)))
        lines = (line for line in chain(self.held.loose, held) if since < line.seq < self.until)
        return (line for line in lines if line.seq not in beside)

    def _is_apart(self, view: MessageView) -> bool:
        """Neither shown as a pin nor waiting for its own turn."""
        return view.id not in self.pinned_ids and not self.later.has(view)

    def _newest_first(self) -> Iterator[MessageView]:
        """Of the snapshot, with what this reader alone may read; and of rows, once all of it is passed."""
        mine = self._private()
        if mine is not None:
            shown = [view for view in (*self.held.messages, *mine) if not self.later.has(view)]
            yield from sorted(shown, key=lambda view: -view.seq)
            if self.held.whole:
                return
        rows = visible.in_window(self.conversation, self.reader).filter(~self.later.rows)
        yield from gathering.older(rows, self.limits, None if mine is None else self._oldest)

    @property
    def _oldest(self) -> int | None:
        return self.held.messages[0].seq if self.held.messages else None

    def _private(self) -> list[MessageView] | None:
        """Messages of one reader are in no snapshot; older ones are read with the rows. None: read rows alone."""
        if self.reader == EVERYBODY or not self.conversation.private:
            return []
        if self.conversation.private > self.limits.messages or not (self.held.whole or self.held.messages):
            return None
        since = self.conversation.pruned_until if self.held.whole else self._oldest
        rows = visible.messages(self.conversation.id, self.reader).filter(
            visible_to__gt="", pruned=False, seq__gt=max(since or 0, self.conversation.pruned_until)
        )
        return [priced(view(row), self.limits) for row in rows]


def spent(items: Iterable[Any]) -> int:
    return sum(item.tokens for item in items)


def _within(items: Iterable[Any], room: int) -> Iterator[Any]:
    """In order, those that fit into what the ones before leave."""
    for item in items:
        if item.tokens <= room:
            room -= item.tokens
            yield item
