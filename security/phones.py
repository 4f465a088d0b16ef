"""Phone numbers: with the prefix of a country, in the form of North America, or near a word such as "call"."""

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers
import re2

Candidate = tuple[tuple[int, int], str, float]

BEFORE: Final = 40
AFTER: Final = 12
MOST_PARSED: Final = 100  # of one text; beyond it the form is enough
NUMBER: Final = re2.compile(r"\+?\(?\d(?:[ ./()-]{0,3}\d){6,16}(?: ?(?:x|ext\.?) ?\d{1,5}\b)?")
PREFIXED: Final = re.compile(r"\+|(?:00|011)[1-9 -]")
NORTH_AMERICA: Final = re.compile(r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])\d{3}[-. ]\d{4}(?: ?(?:x|ext).*)?")
WORD: Final = re.compile(
    r"phone|mobile|\bcell|\btel\b|\bcall(?:ing|ed)?\b|\btext me|\bsms\b|\bfax\b|whats.?app|\bdesk\b|\bdial"
    r"|\breach (?:me|us|him|her)|answering at|messages? (?:to|on)|\bring me|\bcontact",
    re.IGNORECASE,
)
AFTERWARDS: Final = re.compile(r"^\W{1,3}(?:office|fax|mobile|phone|cell|home|work)\b", re.IGNORECASE)
OTHERWISE: Final = re.compile(
    r"\$|€|£|\b(?:order|invoice|account|ticket|case|id|code|card|iban|version|price|amount|ref\w*|licen[cs]e)\b", re.I
)
A_DATE: Final = re.compile(
    r"(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}(?!\d)"
    r"|(?:[0-2]?\d|3[01])[-/.](?:[0-2]?\d|3[01])[-/.](?:\d{4}|\d\d)(?![\d.])"
)


def found(text: str) -> Iterator[Candidate]:
    for count, match in enumerate(NUMBER.finditer(text)):
        start, end = match.span()
        written = text[start:end]
        if _joined(text, start, end) or A_DATE.match(written):
            continue
        confidence = _confidence(text, start, end)
        normal = _normal(written) if count < MOST_PARSED else _plain(written)
        if confidence and normal:
            yield (start, end), normal, confidence


def _confidence(text: str, start: int, end: int) -> float:
    """How sure it is; 0 for what only has digits in common with a phone number."""
    before = text[max(0, start - BEFORE) : start]
    hinted = bool(WORD.search(before) or AFTERWARDS.search(text[end : end + AFTER]))
    written = text[start:end]
    if PREFIXED.match(written):
        return 0.95 if hinted or written[0] == "+" else 0.5 * (not OTHERWISE.search(before))
    if OTHERWISE.search(before) and not hinted:
        return 0.0
    if NORTH_AMERICA.fullmatch(written):
        return 0.95 if hinted else 0.8
    return 0.7 if hinted and len(_plain(written)) >= 7 else 0.0


def _normal(written: str) -> str:
    """As E.164 writes it where the country is named; else its digits. Empty: no country has such a number."""
    if not PREFIXED.match(written):
        return _plain(written)
    number = "+" + re.sub(r"^\+|^00|^011", "", written).replace("(0)", "")
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _plain(written: str) -> str:
    return re.sub(r"[^\d+]|\(0\)|(?:x|ext).*", "", written)


def _joined(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return bool(before.isalnum() or (before and before in "._/#=%-") or after.isalnum() or after == "_")
