"""How much of an answer that is still being given waits: the tail that may be the beginning of what filters find."""

from typing import Final

import re2
import regex

MOST: Final = 120  # characters; with the grapheme that is not settled yet less than 128
LONG_RUN: Final = 12
LAST_GRAPHEME: Final = regex.compile(r"\X\Z")
# A run that is shorter than the long ones, and yet is written as keys, addresses and numbers are.
SUSPECT: Final = re2.compile(
    r"[0-9_=@<]|://|[a-z][A-Z]|[A-Z]{4}|(?:^|\W)(?:sk|xox\w|xapp|gl[a-z]+|key|pypi|SG|hv[bsr])[-.]|``|--"
)
# How keys begin: a run that is the beginning of one may become one.
MARKS: Final = (
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "AIza",
    "sk_",
    "eyJ",
)
# What a run belongs to that ends the text. Read within the last MOST characters.
OPEN: Final = re2.compile(
    r"(?i)(?:"
    r"[+(]?\d[\d ().\-/]*"  # groups of digits
    r"|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){0,8} ?[a-z0-9]{0,4}"  # an account number in groups
    r"|<[a-z/!][^<>]*"  # a tag
    r"|```[^\n`]*|-----[A-Z0-9 -]*(?:PRIVATE KEY(?: BLOCK)?-----[^-]*-{0,4}[^-]*)?"  # a fence
    r"|(?:pass(?:word|wd|phrase|code)|pwd|secret|token|key|credentials?)\S{0,12}\s*(?:[:=]+>?|\bis\b(?: now)?:?)\s*\S*"
    r"|\b(?:bearer|basic)\s+\S*"
    r")$"
)
DIGITS: Final = "+(0123456789"
GROUP: Final = re2.compile(r"\d{3}|^\+")


def held_from(text: str, words: bool = False) -> int:
    """Where the part begins that is not to be shown yet. `words`: every word waits for its end."""
    first = max(0, len(text) - MOST)
    return _between_graphemes(text, first + _start(text[first:], words))


def _start(tail: str, words: bool) -> int:
    run = len(tail) - len(tail.rsplit(maxsplit=1)[-1]) if tail and not tail[-1].isspace() else len(tail)
    starts = [run] if words or _may_be_more(tail[run:]) else []
    open = OPEN.search(tail)
    if open and (open.group()[0] not in DIGITS or GROUP.search(open.group())):
        starts.append(open.start())
    return min(starts, default=len(tail))


def _may_be_more(run: str) -> bool:
    bare = run.lstrip("\"'`([{")
    begun = bare != "" and any(mark.startswith(bare) for mark in MARKS)
    return begun or len(run) >= LONG_RUN or SUSPECT.search(run) is not None


def _between_graphemes(text: str, end: int) -> int:
    """The same place, or the beginning of the grapheme that reaches over it."""
    following = text[end : end + 1]
    if not following or (following.isascii() and following != "\n"):
        return end
    match = LAST_GRAPHEME.search(text[: end + 1], max(0, end - 64))
    return match.start() if match else end
