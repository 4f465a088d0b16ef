"""Patterns that people write: RE2, which is linear in the text, within a bounded memory."""

from typing import Any, Final

import re2

MOST_CHARACTERS: Final = 1000
MOST_MEMORY: Final = 512 * 1024  # bytes for each of the 128 patterns that re2 keeps compiled


def found(pattern: str, text: str) -> bool:
    """:raises re2.error: for a pattern that `fault()` finds fault with."""
    return compiled(pattern).search(text) is not None


def fault(pattern: str) -> str:
    """What is wrong with a pattern and where, in words; "" for nothing. Positions count characters from 1."""
    if not pattern:
        return "The pattern is empty; leave it out instead."
    if len(pattern) > MOST_CHARACTERS:
        return f"The pattern has {len(pattern)} characters; at most {MOST_CHARACTERS} are taken."
    try:
        compiled(pattern)
    except re2.error as error:
        said = _said(error)
        return f"The pattern cannot be read at character {_position(pattern, said)}: {said} (RE2 syntax)."
    return ""


def _options() -> Any:
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    return options


OPTIONS: Final = _options()


def compiled(pattern: str) -> Any:
    """:raises re2.error: for what RE2 does not take, as lookahead and back references."""
    return re2.compile(pattern, OPTIONS)


def _said(error: Exception) -> str:
    return bytes(error.args[0]).decode(errors="replace")


def _position(pattern: str, said: str) -> int:
    """RE2 names what it stumbled over, not where. If that is all, the first prefix that fails shows where."""
    kind, _, piece = said.partition(": ")
    if kind.startswith(("missing )", "trailing")):
        return len(pattern)
    if piece and piece != pattern:
        return pattern.find(piece) + 1
    return next((end for end in range(1, len(pattern)) if _stumbles(pattern[:end], kind)), 1)


def _stumbles(pattern: str, kind: str) -> bool:
    try:
        compiled(pattern)
    except re2.error as error:
        return _said(error).startswith(kind)
    return False
