"""What stands beside a match."""

from typing import Any, Final

BEFORE: Final = 40  # characters in which a word may say what comes


def apart(text: str, match: Any, also: str = "") -> bool:
    """Whether no letter, digit or decimal joins it to what stands beside it."""
    start, end = match.span()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    joined = after in {".", "-"} and text[end + 1 : end + 2].isdigit()
    return not (before.isalnum() or (before and before in "._-/" + also) or after.isalnum() or joined)


def before(text: str, start: int) -> str:
    return text[max(0, start - BEFORE) : start]
