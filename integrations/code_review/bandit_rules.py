"""Python by bandit: what may be a hole. Left out: what fires on any assert, import, or start of a process."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson

from integrations.code_review.findings import Finding, column

SKIPPED: Final = "B101,B311,B401,B402,B403,B404,B405,B406,B407,B408,B409,B410,B411,B412,B413,B415,B603,B606,B607"
SEVERITIES: Final = {"HIGH": "error", "MEDIUM": "warning", "LOW": "info"}
SECRETS: Final = ("B105", "B106", "B107")  # their messages quote what they found


def arguments(text: str) -> Sequence[str]:
    """Read from a pipe, and without obeying comments that silence it."""
    return ("-q", "-f", "json", "-n", "1", "--ignore-nosec", "--exit-zero", "-s", SKIPPED, "-")


def read(out: bytes, lines: Sequence[str]) -> Iterator[Finding]:
    """:raises ValueError: when it could not read the code."""
    said = orjson.loads(out)
    if said["errors"]:
        raise ValueError(said["errors"])
    yield from (_finding(one, lines) for one in said["results"])


def once(found: Iterable[Finding]) -> list[Finding]:
    """Without what ruff says where bandit says the same: its S rules are bandit's B rules of that number."""
    every = list(found)
    said = {(one.rule[1:], line) for one in every if one.analyser == "bandit" for line in _lines(one)}
    return [one for one in every if not (_is_twin(one) and any((one.rule[1:], line) in said for line in _lines(one)))]


def _is_twin(one: Finding) -> bool:
    return one.analyser == "ruff" and one.rule.startswith("S") and one.rule[1:].isdigit()


def _lines(one: Finding) -> range:
    return range(one.line, one.last_line + 1)


def _finding(said: dict[str, Any], lines: Sequence[str]) -> Finding:
    rule, message = said["test_id"], said["issue_text"]
    first, last = min(said["line_range"]), max(said["line_range"])
    within = lines[first - 1] if first <= len(lines) else ""
    return Finding(
        line=first,
        column=column(within, said["col_offset"]) if said.get("col_offset", -1) >= 0 else None,
        end_line=last,
        rule=rule,
        severity=SEVERITIES.get(said["issue_severity"], "info"),
        message=message.partition(":")[0] + "." if rule in SECRETS else message,
        analyser="bandit",
    )
