"""How good recognition is: precision and recall of each type on labelled texts."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contexts.finds import TYPES, Find, Scene
from contexts.recognising import recognise

Span = tuple[str, int, int]
SCENE: Final = Scene(datetime(2026, 11, 25, 12, tzinfo=UTC))
MARKED: Final = re.compile(r"\[(\w+):([^]|]*)(?:\|([^]]*))?\]")
ALL: Final = "all"
# What other labelled data calls our types. What is not named here is no entity of ours: titles, ages, account numbers.
ALIASES: Final = {
    "organization": "organisation",
    "gpe": "place",
    "street_address": "place",
    "date_time": "date",
    "phone_number": "phone",
    "email_address": "email",
    "domain_name": "url",
}


class BadLine(Exception):
    """What is wrong with a file, and in which line."""


@dataclass(frozen=True)
class Labelled:
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Score:
    """Of one type: how many are labelled and found, how many found ones overlap a label, and labels a found one.

    `exact`: labels that are met to the letter.
    """

    labelled: int
    found: int
    right: int
    met: int
    exact: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.met / self.labelled if self.labelled else 1.0


def marked(path: Path) -> Iterator[Labelled]:
    """Lines with `[type:words]`; `[type:words|part]` where only a part of the words is it. `#` begins a remark."""
    for line in _lines(path):
        if line and not line.startswith("#"):
            yield _unmarked(line)


def rows(path: Path) -> Iterator[Labelled]:
    """JSON Lines: `text`, and `spans` of type, start and end; of other types than ours they are left out.

    :raises BadLine: for a file that cannot be read, and for the first line that is no such row.
    """
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            try:
                told = json.loads(line)
                spans = [(_ours(str(kind)), int(start), int(end)) for kind, start, end in told.get("spans") or ()]
                yield Labelled(str(told["text"]), tuple(span for span in spans if span[0] in TYPES))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise BadLine(f"{path}, line {number}: {error!r}") from error


def scores(labelled: Iterable[Labelled]) -> dict[str, Score]:
    """By type, and of all. Found ones of types that no label has are not counted, and times are counted as dates where
    no label is a time.
    """
    counts = Counter[tuple[str, str]]()
    known = [(one, recognise(one.text, SCENE)) for one in labelled]
    names = sorted({name for one, _ in known for name, _, _ in one.spans})
    instead = {} if "time" in names else {"time": "date"}
    for one, found in known:
        for name in names:
            _count(counts, name, one, [each for each in found if instead.get(each.type, each.type) == name])
    return {name: _score(counts, name) for name in (*names, ALL)}


def table(scores: dict[str, Score]) -> Iterator[str]:
    yield f"{'type':16}  labelled  found  precision  recall  exact"
    for name, one in scores.items():
        exact = one.exact / one.labelled if one.labelled else 1.0
        yield f"{name:16}  {one.labelled:8}  {one.found:5}  {one.precision:9.3f}  {one.recall:6.3f}  {exact:5.3f}"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadLine(f"{path}: cannot be read: {error}") from error


def _ours(kind: str) -> str:
    return ALIASES.get(kind.lower(), kind.lower())


def _unmarked(line: str) -> Labelled:
    text, spans, done = "", list[Span](), 0
    for match in MARKED.finditer(line):
        text += line[done : match.start()]
        part = match[3] or match[2]
        start = len(text) + match[2].index(part)
        spans.append((match[1], start, start + len(part)))
        text += match[2]
        done = match.end()
    return Labelled(text + line[done:], tuple(spans))


def _count(counts: "Counter[tuple[str, str]]", name: str, one: Labelled, found: list[Find]) -> None:
    ours = {(start, end) for kind, start, end in one.spans if kind == name}
    theirs = {(each.start, each.end) for each in found}
    told = {
        "labelled": len(ours),
        "found": len(theirs),
        "right": sum(any(_overlap(each, other) for other in ours) for each in theirs),
        "met": sum(any(_overlap(each, other) for other in theirs) for each in ours),
        "exact": len(ours & theirs),
    }
    for noun, count in told.items():
        counts[name, noun] += count
        counts[ALL, noun] += count


def _score(counts: "Counter[tuple[str, str]]", name: str) -> Score:
    return Score(*(counts[name, noun] for noun in ("labelled", "found", "right", "met", "exact")))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
