"""Shell by ShellCheck: its errors, warnings and notes, not its remarks on style.

ShellCheck is a program under the GPL; it is run as one, and nothing of it is part of this code.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from integrations.code_review.findings import SEVERITIES, Finding

DIRECTIVE: Final = re.compile(r"(#\s*)shellcheck(?=\s)")
LEFT_OUT: Final = "SC1090,SC1091"  # files that a script reads are not here


def prepare(text: str) -> str:
    """Comments that silence it are no such comments any more; columns stay."""
    return DIRECTIVE.sub(r"\1----------", text)


def arguments(text: str) -> Sequence[str]:
    """A script that does not name its shell is read as Bash."""
    dialect = () if text.startswith("#!") else ("-s", "bash")
    return ("--norc", "-f", "json1", "-S", "info", "-e", LEFT_OUT, *dialect, "-")


def read(out: bytes, lines: Sequence[str]) -> Iterator[Finding]:
    yield from (_finding(one) for one in orjson.loads(out)["comments"])


def _finding(said: dict[str, Any]) -> Finding:
    return Finding(
        line=said["line"],
        column=said["column"],
        end_line=said["endLine"],
        rule=f"SC{said['code']}",
        severity=said["level"] if said["level"] in SEVERITIES else "info",
        message=said["message"],
        analyser="shellcheck",
    )
