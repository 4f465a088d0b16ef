"""The rolling summary: parts that cover stretches of the log, and a line for each message that no part covers yet.

Parts form a tree over fixed stretches: which of them are told depends on how far the conversation is folded, and on
nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.db.models import Q

from contexts import expiry, sentences, tokens
from contexts.context import MessageView, SummaryView
from contexts.knowledge import SummaryPart
from contexts.models import Conversation
from contexts.sentences import Line

SPAN: Final = 64  # numbers of the log that a part of level 0 covers
FANOUT: Final = 8  # parts that one of the next level covers
MOST_LOOSE: Final = 100  # messages that wait to be folded; where there are more, the oldest are not told of until then
OVERHEAD: Final = 4
TRIES: Final = 5  # lines that did not fit; those that are lighter are not tried
EXTRACTIVE: Final = "extractive"


@dataclass(frozen=True)
class Part:
    """`first` and `last`: the numbers of the log that it covers."""

    first: int
    last: int
    count: int
    lines: tuple[Line, ...]
    text: str = ""
    made_by: str = EXTRACTIVE


def gist(view: MessageView) -> Line | None:
    """None for a message that says nothing, and for one that ends: a summary does not."""
    return None if expiry.ends(view.metadata) else sentences.gist(view.seq, view.author, view.role, view.text)


def tops(conversation: Conversation) -> tuple[Part, ...]:
    """The fewest parts that cover all that is folded, in order: at most seven of each level.

    Where one is stale, those below it that are not stand for it.
    """
    return tuple(_part(row) for row in _covering(conversation.id, cover((conversation.folded_until + 1) // SPAN)))


def cover(leaves: int) -> list[tuple[int, int]]:
    """Level and number of the fewest parts over so many of level 0, in order."""
    found, level = list[tuple[int, int]](), 0
    while leaves:
        leaves, over = divmod(leaves, FANOUT)
        found = [(level, leaves * FANOUT + number) for number in range(over)] + found
        level += 1
    return found


def at(places: Iterable[tuple[int, int]]) -> Q:
    """The parts of these levels and numbers."""
    levels: dict[int, set[int]] = {}
    for level, number in places:
        levels.setdefault(level, set()).add(number)
    return reduce(or_, (Q(level=level, number__in=numbers) for level, numbers in levels.items()))


def compose(parts: Iterable[Part], loose: Sequence[Line], before: int, room: int) -> SummaryView | None:
    """Of what is older than number `before`, in at most `room` tokens. None when there is nothing to say.

    `loose`: lines of messages, in order; those that parts cover are passed over.
    """
    covering = [part for part in parts if part.first < before]
    until = covering[-1].last if covering else -1
    free = [line for line in loose if until < line.seq < before]
    lines = [line for part in covering for line in _lines(part, before)] + free
    told = _told(lines, room)
    if not told:
        return None
    count = len(free) + sum(part.count if part.last < before else len(_lines(part, before)) for part in covering)
    first = max(1, covering[0].first) if covering else lines[0].seq
    last = free[-1].seq if free else min(until, before - 1)
    makers = [part.made_by for part in covering if part.text and part.last < before]
    return SummaryView(told, first, last, count, OVERHEAD + tokens.count(told), (makers or [EXTRACTIVE])[-1])


def _lines(part: Part, before: int) -> list[Line]:
    """What a provider made of it stands for its lines, where all of it has left the window."""
    if part.text and part.last < before:
        return [Line(part.first, "", part.text, 1.0)]
    return [line for line in part.lines if line.seq < before]


def _told(lines: list[Line], room: int) -> str:
    """The heaviest lines that fit, in order: the best of each part weighs most."""
    kept, spent, over = set[int](), OVERHEAD, 0
    for place in sorted(range(len(lines)), key=lambda place: (-lines[place].weight, -place)):
        price = tokens.count(f"{_shown(lines[place])}\n")
        if spent + price <= room:
            kept.add(place)
            spent += price
        else:
            over += 1
        if over == TRIES:
            break
    return "\n".join(_shown(line) for place, line in enumerate(lines) if place in kept)


def _shown(line: Line) -> str:
    return f"{line.author}: {line.text}" if line.author else line.text


def _covering(conversation: UUID, places: list[tuple[int, int]]) -> Iterator[SummaryPart]:
    if not places:
        return
    rows = SummaryPart.objects.filter(at(places), conversation=conversation)
    held = {(row.level, row.number): row for row in rows}
    for level, number in places:
        row = held.get((level, number))
        if row and not row.stale:
            yield row
        elif level:
            yield from _covering(conversation, [(level - 1, number * FANOUT + below) for below in range(FANOUT)])


def _part(row: SummaryPart) -> Part:
    span = SPAN * FANOUT**row.level
    lines = tuple(Line(**line) for line in row.lines)
    return Part(row.number * span, (row.number + 1) * span - 1, row.count, lines, row.text, row.made_by)
