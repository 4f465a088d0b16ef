"""Numbers of cards, accounts and people, each with a checksum or a form that few other numbers have."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import re2
from stdnum import iban, luhn, numdb
from stdnum.us import ssn

from security import surroundings
from security.phones import Candidate

CARD: Final = re2.compile(r"\d(?:[ -]?\d){11,18}")
SHAPES: Final = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (4, 4, 4)})
ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12}|(?:2131|1800)\d{11}"
    r"|(?:5[0678]|6\d)\d{12,17}"
)
CARD_WORD: Final = re.compile(r"card|visa|maestro|credit|debit|\bcc\b", re.IGNORECASE)
IBAN: Final = re2.compile(r"(?i)\b[a-z]{2}\d{2} ?[a-z0-9]{4}")
SSN: Final = re2.compile(r"\b\d{3}-\d{2}-\d{4}\b|\b\d{3} \d{2} \d{4}\b|\b\d{9}\b")
SSN_WORD: Final = re.compile(r"\bssn\b|social.?security", re.IGNORECASE)


def cards(text: str) -> Iterator[Candidate]:
    for match in CARD.finditer(text):
        number = _digits(match.group())
        if not surroundings.apart(text, match) or not _card_shape(match.group()) or not luhn.is_valid(number):
            continue
        hinted = bool(CARD_WORD.search(surroundings.before(text, match.start())))
        if hinted or ISSUERS.fullmatch(number):
            yield match.span(), number, 1.0 if hinted else 0.9


def _card_shape(written: str) -> bool:
    groups = tuple(len(group) for group in re.split("[ -]", written))
    return len(groups) == 1 or groups in SHAPES


def ibans(text: str) -> Iterator[Candidate]:
    for match in IBAN.finditer(text):
        length = _iban_length(match.group()[:2].upper())
        end = _end_of(text, match.start(), length)
        if end and iban.is_valid(text[match.start() : end], check_country=False):
            yield (match.start(), end), iban.compact(text[match.start() : end]), 1.0


def _end_of(text: str, start: int, length: int) -> int:
    """Where so many letters and digits end, blanks between them not counted; 0 unless they are a word there."""
    end, left = start, length
    while left and end < len(text) and (text[end].isalnum() or text[end] == " "):
        left -= text[end] != " "
        end += 1
    return end if length and not left and not text[end : end + 1].isalnum() else 0


@lru_cache(maxsize=700)
def _iban_length(country: str) -> int:
    """0 for a country that has none."""
    [(_, about), *_] = numdb.get("iban").info(country)
    form = re.findall(r"(\d+)!", about.get("bban", ""))
    return 4 + sum(map(int, form)) if form else 0


def ssns(text: str) -> Iterator[Candidate]:
    for match in SSN.finditer(text):
        strong = match.group().count("-") == 2
        if (strong or SSN_WORD.search(surroundings.before(text, match.start()))) and surroundings.apart(text, match):
            number = _digits(match.group())
            if ssn.is_valid(number):
                yield match.span(), ssn.format(number), 1.0


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)
