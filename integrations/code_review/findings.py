"""What is wrong with code, and where. In an order that is always the same, and each once."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

MOST: Final = 200
LONGEST: Final = 300
SEVERITIES: Final = ("error", "warning", "info")
UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Finding:
    """Lines and columns begin at 1, columns count characters. `end_line`, `column`: None where nobody said."""

    line: int
    rule: str
    severity: str
    message: str
    analyser: str
    column: int | None = None
    end_line: int | None = None
    suggestion: str = ""
    file: str = ""
    language: str = ""

    @property
    def place(self) -> tuple[int, int, str]:
        return (self.line, self.column or 0, self.rule)

    @property
    def last_line(self) -> int:
        return max(self.line, self.end_line or self.line)

    def as_json(self) -> dict[str, Any]:
        told = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        if self.last_line == self.line:
            told.pop("end_line", None)
        return told


def tidy(found: Iterable[Finding]) -> list[Finding]:
    """Of one file: by place; what is said twice of one line by one rule is said once."""
    once = {(finding.line, finding.rule): finding for finding in sorted(found, key=_place, reverse=True)}
    return sorted((_plain(finding) for finding in once.values()), key=_place)


def column(line: str, before: int) -> int:
    """Of the character that so many bytes of UTF-8 stand before."""
    return len(line.encode("utf-8", "replace")[:before].decode("utf-8", "ignore")) + 1


def one_line(text: str) -> str:
    """Without what would break a line or hide something in it."""
    return UNPRINTABLE.sub(" ", text).strip()[:LONGEST]


def _place(finding: Finding) -> tuple[int, int, str]:
    return finding.place


def _plain(finding: Finding) -> Finding:
    return replace(finding, message=one_line(finding.message), suggestion=one_line(finding.suggestion))
