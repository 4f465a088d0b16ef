"""Labelled texts, and what the filters make of them. The chain runs as settings list it: one setting for all."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from project.errors import SwitchboardError
from security.material import Material
from security.screening import Action, Finding, ScreeningFailed, screen

HALVES: Final = ("a", "b")


class BadRow(Exception):
    """What is wrong with a file, and in which line."""


@dataclass(frozen=True)
class Row:
    """`label`: 1 for what must be flagged, 0 for what must pass. `spans`: type, start, end of personal data."""

    text: str
    label: int
    source: str
    family: str = ""
    spans: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """`refused`: by an exception of a filter, such as `shape` raises for a text that is too long."""

    row: Row
    findings: tuple[Finding, ...]
    action: Action
    seconds: float
    refused: bool = False
    failed: bool = False  # a filter broke or was too slow: nothing is known of this text

    def flagged(self, filter: str = "") -> bool:
        """By any enforced filter, or by `filter` alone, whatever its mode."""
        if filter:
            return any(one.filter == filter and one.action != Action.ALLOW for one in self.findings)
        return self.refused or self.action != Action.ALLOW

    def blocked(self, filter: str = "") -> bool:
        if filter:
            return any(one.filter == filter and one.action == Action.BLOCK for one in self.findings)
        return self.refused or self.action == Action.BLOCK


def rows(path: Path) -> Iterator[Row]:
    """:raises BadRow: for a file that cannot be read, and for the first line that is no labelled row."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # not at other breaks, which strings may hold
    except (OSError, UnicodeDecodeError) as error:
        raise BadRow(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _row(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                raise BadRow(f"{path}, line {number}: {_fault(error)}") from error


def half(found: Iterable[Row], name: str) -> Iterator[Row]:
    """Every other row of each source: `a` to choose settings on, `b` to report on."""
    seen = Counter[str]()
    for row in found:
        if seen[row.source] % 2 == HALVES.index(name):
            yield row
        seen[row.source] += 1


def judged(row: Row, evasion: Callable[[str], str] | None = None) -> Outcome:
    material = Material(evasion(row.text) if evasion else row.text)
    began = time.perf_counter()
    try:
        verdict = screen(material)
    except SwitchboardError as error:
        failed, seconds = isinstance(error, ScreeningFailed), time.perf_counter() - began
        return Outcome(row, (), Action.ALLOW, seconds, refused=not failed, failed=failed)
    return Outcome(row, verdict.findings, verdict.action, time.perf_counter() - began)


def _row(told: dict[str, Any]) -> Row:
    if not isinstance(told, dict):
        raise TypeError("a JSON object with text, label and source stands in each line")
    if not isinstance(told["text"], str) or told["label"] not in (0, 1):
        raise ValueError("text is a string, label 0 or 1")
    spans = tuple((str(kind), int(start), int(end)) for kind, start, end in told.get("spans") or ())
    return Row(told["text"], told["label"], str(told["source"]), str(told.get("family") or ""), spans)


def _fault(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
