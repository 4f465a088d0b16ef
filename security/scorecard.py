"""Recall, false alarms and time of judged rows, as figures and as a table."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from security.evaluation import Outcome


@dataclass(frozen=True)
class Line:
    """One source or family. `label` 1: flagged is recall; 0: flagged are false alarms. `others`: by other filters."""

    label: int
    source: str
    family: str
    rows: int
    flagged: int
    blocked: int
    others: int
    filters: dict[str, int]


@dataclass(frozen=True)
class Kind:
    """A type of personal data: spans labelled, found, met exactly, and overlapped. `right`: found ones that overlap."""

    name: str
    labelled: int
    found: int
    exact: int
    overlapped: int
    right: int


@dataclass(frozen=True)
class Card:
    lines: list[Line]
    kinds: list[Kind]
    milliseconds: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def card(outcomes: Sequence[Outcome], filter: str = "") -> Card:
    """Lines of sources, each followed by its families, and of all that must pass at the end."""
    groups: dict[tuple[int, str, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        label = 1 - one.row.label
        groups[label, one.row.source, ""].append(one)
        if one.row.family:
            groups[label, one.row.source, one.row.family].append(one)
    lines = [_line(key, found, filter) for key, found in sorted(groups.items(), key=lambda group: group[0])]
    passing = [one for one in outcomes if not one.row.label]
    if passing:
        lines.append(_line((1, "all that must pass", ""), passing, filter))
    return Card(lines, list(_kinds(outcomes)), _milliseconds(outcomes))


def _line(key: tuple[int, str, str], found: Sequence[Outcome], filter: str) -> Line:
    told = Counter(name for one in found for name in {finding.filter for finding in one.findings})
    return Line(
        label=1 - key[0],
        source=key[1],
        family=key[2],
        rows=len(found),
        flagged=sum(one.flagged(filter) for one in found),
        blocked=sum(one.blocked(filter) for one in found),
        others=sum(one.flagged() and not one.flagged(filter) for one in found),
        filters=dict(sorted(told.items())),
    )


def _kinds(outcomes: Iterable[Outcome]) -> Iterator[Kind]:
    """Findings are told by type where their rule is named as the label is, in small letters and with hyphens."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        labelled = {(_named(kind), start, end) for kind, start, end in one.row.spans}
        found = {(_named(each.rule), *each.span) for each in one.findings if each.filter == "personal"}
        for span in labelled:
            counts[span[0]].update(
                labelled=1, exact=span in found, overlapped=any(_overlap(span, other) for other in found)
            )
        for span in found:
            counts[span[0]].update(found=1, right=any(_overlap(span, other) for other in labelled))
    for name, count in sorted(counts.items()):
        numbers = (count[key] for key in ("labelled", "found", "exact", "overlapped", "right"))
        yield Kind(name, *numbers)


def _named(kind: str) -> str:
    return kind.lower().replace("_", "-")


def _overlap(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _milliseconds(outcomes: Sequence[Outcome]) -> dict[str, float]:
    times = sorted(one.seconds * 1000 for one in outcomes) or [0.0]
    late = times[min(len(times) - 1, int(len(times) * 0.999))]
    return {"median": round(median(times), 3), "p99.9": round(late, 3), "longest": round(times[-1], 3)}


def table(card: Card, filter: str = "") -> Iterator[str]:
    """The card in words, to be read in a terminal."""
    for label, title in ((1, "Must be flagged"), (0, "Must pass")):
        lines = [line for line in card.lines if line.label == label]
        if lines:
            others = "  others" if filter else ""
            yield f"{title:44}   rows    flagged            blocked      {others}  by filter"
            yield from (_said(line, filter) for line in lines)
            yield ""
    if card.kinds:
        yield f"{'Personal data':24}  labelled  found  exact  overlapped  precision"
        yield from (
            f"{one.name:24}  {one.labelled:8}  {one.found:5}  {_share(one.exact, one.labelled)}"
            f"  {_share(one.overlapped, one.labelled):>10}  {_share(one.right, one.found):>9}"
            for one in card.kinds
        )
        yield ""
    yield "Milliseconds per message: " + ", ".join(f"{name} {value}" for name, value in card.milliseconds.items())


def _said(line: Line, filter: str) -> str:
    name = f"  {line.family}" if line.family else line.source
    filters = ", ".join(f"{name} {count}" for name, count in line.filters.items())
    others = f"  {line.others:6}" if filter else ""
    return (
        f"{name[:44]:44} {line.rows:6}  {line.flagged:6} {_share(line.flagged, line.rows)}"
        f"  {line.blocked:6} {_share(line.blocked, line.rows)}{others}  {filters}".rstrip()
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.2f} %" if whole else "       -"
