"""Recall, false alarms and time of judged rows, as figures and as a table."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from security.evaluation import Outcome

# What labelled data calls the types that the filter `personal` finds.
ALIASES: Final = {"email_address": "email", "credit_card": "card", "iban_code": "iban", "phone_number": "phone"}


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
    failed: int
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
    failed = sum(one.failed for one in outcomes)
    return Card(lines, list(_kinds(outcomes)), failed, _milliseconds(outcomes))


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


def _kinds(outcomes: Sequence[Outcome]) -> Iterator[Kind]:
    """Of each type that is labelled anywhere."""
    labels = [{(_named(kind), start, end) for kind, start, end in one.row.spans} for one in outcomes]
    names = sorted({name for spans in labels for name, _, _ in spans})
    found = [{(_named(each.rule), *each.span) for each in one.findings} for one in outcomes]
    for name in names:
        count = Counter[str]()
        for labelled, told in zip(labels, found, strict=True):
            ours, theirs = _of(name, labelled), _of(name, told)
            count["labelled"] += len(ours)
            count["found"] += len(theirs)
            count["exact"] += len(ours & theirs)
            count["overlapped"] += sum(any(_overlap(one, other) for other in theirs) for one in ours)
            count["right"] += sum(any(_overlap(one, other) for other in ours) for one in theirs)
        yield Kind(name, count["labelled"], count["found"], count["exact"], count["overlapped"], count["right"])


def _named(kind: str) -> str:
    return ALIASES.get(kind.lower(), kind.lower())


def _of(name: str, spans: set[tuple[str, int, int]]) -> set[tuple[int, int]]:
    return {(start, end) for kind, start, end in spans if kind == name}


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


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
    if card.failed:
        yield f"Of {card.failed} texts nothing is known: a filter broke or took too long, and the log says which."
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
