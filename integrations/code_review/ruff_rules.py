"""Python by ruff: rules that find defects. How code looks, how it is typed and how long it is are no defects.

Left out are rules that fire on what is usual (asserts, any start of a process) or tell of a choice (`zip` without
`strict`, `raise` without `from`).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from integrations.code_review.findings import Finding

SELECTED: Final = (
    "F",  # Pyflakes: names that are not there, formats that do not fit, what is never used
    "E711,E712,E721,E722",  # comparisons that mislead, an except that takes everything
    "E902",
    "B",  # bugbear: likely bugs
    "S",  # as bandit finds them: those that bandit finds too are told once
    "ASYNC1,ASYNC2",  # what blocks an event loop
    "PLE",  # what is certainly wrong
    "PLW0127,PLW0128,PLW0129,PLW0131,PLW0133,PLW0211,PLW0245,PLW0711,PLW1501,PLW1508,PLW1509,PLW2101",
    "RUF006,RUF016,RUF018,RUF024,RUF026,RUF040",
    "PIE794,PIE796",  # a field or a value that is there twice
)
IGNORED: Final = "F722,B904,B905,B9,S101,S311,S4,S603,S606,S607"
ERRORS: Final = ("invalid-syntax", "E9", "F50", "F52", "F6", "F7", "F82", "PLE", "B012", "PLW0129")
NOTES: Final = ("F401", "F541", "F841", "B007", "E711", "E712", "S110", "S112")


def arguments(text: str) -> Sequence[str]:
    """Read from a pipe, without any file of settings, and without obeying comments that silence it."""
    selected = ",".join(SELECTED)
    chosen = ("--select", selected, "--ignore", IGNORED, "--ignore-noqa", "--target-version", "py314")
    quietly = ("--isolated", "--no-cache", "--quiet", "--exit-zero", "--output-format", "json-lines")
    return ("check", *quietly, *chosen, "--stdin-filename", "piece.py", "-")


def read(out: bytes, lines: Sequence[str]) -> Iterator[Finding]:
    """A line that was cut off at the end is not read."""
    whole, _, _ = out.rpartition(b"\n")
    yield from (_finding(orjson.loads(line)) for line in whole.split(b"\n") if line)


def _finding(said: dict[str, Any]) -> Finding:
    rule = said.get("code") or "invalid-syntax"
    start, end = said["location"], said["end_location"]
    last = end["row"] - (1 if end["column"] == 1 and end["row"] > start["row"] else 0)
    return Finding(
        line=start["row"],
        column=start["column"],
        end_line=last,
        rule=rule,
        severity=_severity(rule),
        message=said["message"],
        suggestion=(said.get("fix") or {}).get("message") or "",
        analyser="ruff",
    )


def _severity(rule: str) -> str:
    if rule.startswith(ERRORS) and rule != "F821":
        return "error"
    return "info" if rule in NOTES else "warning"  # F821 too: a block may use what another one defines
