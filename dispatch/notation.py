"""How people write sums. A text is a sum only if all of it reads as one: dates, versions and phone numbers are none."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

LONGEST: Final = 300  # characters
MOST_TOKENS: Final = 120  # bounds how deep a sum can nest
FUNCTIONS: Final = ("sqrt", "abs", "factorial")

ASKING: Final = re.compile(
    r"(?:(?:(?:hey|hi|ok|okay|so|and|then|now|please|can you|could you|do you know|tell me|whats"
    r"|what(?:['\u2019]s| is| are)?|how much (?:is|are)|calculate|compute|solve|evaluate|work out"
    r"|the (?:sum|result|value) of)\b|=)[\s,:]*)*"
)
ENDING: Final = " ?=.,\u061f\uff1f"  # with the Arabic and the full-width question mark
PHRASES: Final = (
    (re.compile(r"\b(?:raised )?to the power(?: of)?\b"), "**"),
    (re.compile(r"\b(?:multiplied by|times)\b|[\u00d7\u00b7\u22c5]"), "*"),
    (re.compile(r"\bdivided by\b|[\u00f7\u2236]"), "/"),
    (re.compile(r"\b(?:the )?square root of\b|\u221a"), "sqrt "),
    (re.compile(r"\b(?:the )?factorial of\b"), "factorial "),
    (re.compile(r"(?:%|\bper ?cent\b)\s*of\b"), "/ 100 *"),
    (re.compile(r"\bmod(?:ulo)?\b"), "%"),
    (re.compile(r"\bplus\b"), "+"),
    (re.compile(r"\bminus\b|[\u2212\u2013]"), "-"),  # minus sign, en dash
    (re.compile(r"\bsquared\b|\u00b2"), "** 2"),
    (re.compile(r"\bcubed\b|\u00b3"), "** 3"),
    (re.compile(r"\^"), "**"),
    (re.compile(r"(?<=[0-9)])\s*x\s*(?=[0-9(])"), " * "),
    (re.compile(r"([0-9]+)\s*!"), r"factorial(\1)"),
    (re.compile(rf"\b({'|'.join(FUNCTIONS)})\s+([0-9.]+)"), r"\1(\2)"),
)
TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?![.,]?[0-9]))"
    r"|(?P<word>[a-z]+)|(?P<sign>\*\*|[-+*/%()]))"
)
COMPUTING: Final = {"+", "-", "*", "/", "%", "**", *FUNCTIONS}
# Any other word could be one of Python's own: "2 + 2 and 3 + 3" is two sums, and not 6.
KNOWN: Final = COMPUTING | {"(", ")"}
NUMBERS: Final = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS: Final = {word: Decimal(value) for value, word in enumerate(NUMBERS.split())}
DATE_OR_PHONE: Final = re.compile(
    r"\b(?:19|20)[0-9]{2}([-/])[0-9]{1,2}\1[0-9]{1,2}\b|\b[0-9]{1,2}([-/])[0-9]{1,2}\2(?:19|20)[0-9]{2}\b"
    r"|\b[0-9]{3}-(?:[0-9]{3}-)?[0-9]{4}\b"
)
# What nobody asked to be computed is a sum only by signs that names, dates, scores and phone numbers do not carry.
UNASKED: Final = re.compile(
    r"[0-9a-z)]\s*(?:\*\*?|\+)\s*[-0-9a-z(]"
    rf"|\b(?:{'|'.join(FUNCTIONS)})\s*\(|[0-9)]\s+[-/%]\s+[0-9(]|[0-9]\s*/\s*100 \*"
)
LONG_SUM: Final = re.compile(r"[\s0-9.,+\-*/^%()!=?]*")
SIGN_BETWEEN: Final = re.compile(r"[0-9)]\s?[+*^!]")


@dataclass(frozen=True)
class Sum:
    """`shown` as it was written; `tokens` in order, numbers as Decimal, all else as text."""

    shown: str
    tokens: tuple[str | Decimal, ...]


def read(text: str) -> Sum | None:
    """None when `text` is no sum, or longer than LONGEST."""
    if len(text) > LONGEST or len(text) != len(text.lower()):
        return None
    text = " ".join(text.split())
    start = ASKING.match(text.lower())
    asked = start.end() if start else 0
    shown = text[asked:].strip(ENDING)
    written = _written(shown)
    wanted = asked or text.endswith(("=", "?")) or UNASKED.search(written)
    tokens = _tokens(written) if wanted and not DATE_OR_PHONE.search(shown) else ()
    return Sum(shown, tokens) if tokens else None


def is_endless(text: str) -> bool:
    """Whether a text too long to be read is all figures and signs."""
    return len(text) > LONGEST and bool(LONG_SUM.fullmatch(text) and SIGN_BETWEEN.search(text))


def _written(shown: str) -> str:
    """The sum in the signs of TOKEN."""
    written = shown.lower()
    for phrase, sign in PHRASES:
        written = phrase.sub(sign, written)
    return written


def _tokens(written: str) -> tuple[str | Decimal, ...]:
    """Empty unless all of the text is made of known tokens, a sign or a function among them."""
    found: list[str | Decimal] = []
    place = 0
    while match := TOKEN.match(written, place):
        found.append(_token(match))
        place = match.end()
    texts = {token for token in found if isinstance(token, str)}
    computes = bool(texts & COMPUTING) and texts <= KNOWN
    return tuple(found) if place == len(written) and computes else ()


def _token(match: re.Match[str]) -> str | Decimal:
    if number := match["number"]:
        return Decimal(number.replace(",", ""))
    word = str(match["word"] or match["sign"])
    return NUMBER_WORDS.get(word, word)
