"""The rolling summary: parts that cover stretches of the log, and a line for each message that no part covers yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contexts import tokens
from contexts.context import MessageView, SummaryView
from contexts.knowledge import SummaryPart

SPAN: Final = 64  # numbers of the log that a part of level 0 covers
FANOUT: Final = 8  # parts that one of the next level covers
LONGEST_LINE: Final = 160  # characters
MOST_LOOSE: Final = 100  # messages that wait to be folded; where there are more, the oldest are not told of until then
OVERHEAD: Final = 4


@dataclass(frozen=True)
class Line:
    """What one message comes to. The greater its weight, the longer it stays while the summary is made shorter."""

    seq: int
    author: str
    text: str
    weight: float


@dataclass(frozen=True)
class Part:
    """`first` and `last`: the numbers of the log that it covers."""

    first: int
    last: int
    count: int
    lines: tuple[Line, ...]
    text: str = ""
    made_by: str = "extractive"


def gist(view: MessageView) -> Line | None:
    """None for a message that says nothing."""
    text = " ".join(view.text.split())
    return Line(view.seq, view.author, text[:LONGEST_LINE], min(1.0, len(text) / LONGEST_LINE)) if text else None


def tops(conversation: UUID) -> tuple[Part, ...]:
    """The fewest parts that cover all that is folded, in order."""
    rows = SummaryPart.objects.filter(conversation=conversation, stale=False).order_by("number")
    return tuple(_part(row) for row in rows if row.level == 0)


def compose(parts: Iterable[Part], loose: Sequence[Line], before: int, room: int) -> SummaryView | None:
    """Of what is older than number `before`, in at most `room` tokens. None when there is nothing to say."""
    covering = [part for part in parts if part.first < before]
    lines = [line for part in covering for line in part.lines] + [line for line in loose if line.seq < before]
    return _told(lines, sum(part.count for part in covering) + len(loose), room) if lines else None


def _told(lines: list[Line], count: int, room: int) -> SummaryView | None:
    kept, spent = set[int](), OVERHEAD
    for line in sorted(lines, key=lambda line: (-line.weight, -line.seq)):
        price = tokens.count(f"{line.author}: {line.text}\n")
        if spent + price <= room:
            kept.add(line.seq)
            spent += price
    text = "\n".join(f"{line.author}: {line.text}" for line in lines if line.seq in kept)
    return SummaryView(text, lines[0].seq, lines[-1].seq, count, OVERHEAD + tokens.count(text)) if text else None


def _part(row: SummaryPart) -> Part:
    span = SPAN * FANOUT**row.level
    lines = tuple(Line(**line) for line in row.lines)
    return Part(row.number * span, (row.number + 1) * span - 1, row.count, lines, row.text, row.made_by)
