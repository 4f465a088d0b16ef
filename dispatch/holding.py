"""How much of an answer that is still being given waits: the tail that may be the beginning of what filters find."""

from typing import Final

import re2
import regex

MOST: Final = 120  # characters; with the grapheme that is not settled yet less than 128
WIDE: Final = 4096  # characters, among which a run of blanks counts as one
BLANKS: Final = re2.compile(r"\s\s")
LONG_RUN: Final = 12
LAST_GRAPHEME: Final = regex.compile(r"\X\Z")
# A run that is shorter than the long ones, and yet is written as keys, addresses and numbers are.
SUSPECT: Final = re2.compile(
    r"[0-9_=@<]|://|[a-z][A-Z]|[A-Z]{4}|(?:^|\W)(?:sk|xox\w|xapp|gl[a-z]+|key|pypi|SG|hv[bsr])[-.]|``|--"
    r"|(?:^|\W)(?:hf|npm|gsk|xai|nvapi|pplx|ntn|rnd|shp(?:at|ca|pa|ss)|dapi|figd|PMAK|tskey|SK)"
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
    "npm_",
    "gsk_",
    "xai-",
    "nvapi-",
    "pplx-",
    "dapi",
    "figd",
    "tskey-",
)
# What a run belongs to that ends the text. Read within the last MOST characters.
OPEN: Final = re2.compile(
    r"(?i)(?:"
    r"[+(]?\d[\d ().\-/]*"  # groups of digits
    r"|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){0,8} ?[a-z0-9]{0,4}"  # an account number in groups
    r"|<[a-z/!][^<>]*"  # a tag
    r"|```[^\n`]*|-----[A-Z0-9 -]*(?:PRIVATE KEY(?: BLOCK)?-----[^-]*-{0,4}[^-]*)?"  # a fence
    r")$"
)
# What a run is assigned to. Blanks between the two do not count.
ASSIGNED: Final = re2.compile(
    r"(?i)(?:"
    r"(?:pass|pw|contrase|парол|secret|token|key|credential)\S{0,16}\s*"
    r"(?:[:=|>]+[*_`\"']*|\b(?:is|was)\b(?: now)?:?)\s*\S*"
    r"|\b(?:bearer|basic|authorization:? *token|--\S*(?:password|secret|token|key))\s+\S*"
    r")$"
)
DIGITS: Final = "+(0123456789"
GROUP: Final = re2.compile(r"\d{3}|^\+")


def held_from(text: str, words: bool = False) -> int:
    """Where the part begins that is not to be shown yet. `words`: every word waits for its end."""
    first = max(0, len(text) - MOST)
    tail = text[first:]
    start = min(_run_from(tail, words), _open_from(tail), _assigned_from(text, tail))
    return _between_graphemes(text, first + start)


def _run_from(tail: str, words: bool) -> int:
    run = len(tail) - len(tail.rsplit(maxsplit=1)[-1]) if tail and not tail[-1].isspace() else len(tail)
    return run if words or _may_be_more(tail[run:]) else len(tail)


def _open_from(tail: str) -> int:
    open = OPEN.search(tail)
    found = open and (open.group()[0] not in DIGITS or GROUP.search(open.group()))
    return int(open.start()) if open and found else len(tail)


def _assigned_from(text: str, tail: str) -> int:
    """From the beginning of the tail where it does not reach back over the blanks."""
    wide = text[-WIDE:] if BLANKS.search(tail) else tail
    blanks = len(wide) - len(" ".join(wide.split()))
    more = min(blanks, len(text) - len(tail))
    found = ASSIGNED.search(text[len(text) - len(tail) - more :])
    return max(0, found.start() - more) if found else len(tail)


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
