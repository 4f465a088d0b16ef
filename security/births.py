"""Dates of birth: dates near a word such as "born"."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import re2

from security import surroundings
from security.phones import Candidate

BIRTH_WORD: Final = re.compile(r"\bborn\b|birth|\bd\.?o\.?b\b", re.IGNORECASE)
MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH: Final = rf"(?:{'|'.join(MONTHS)})[a-z]*\.?"
DATE: Final = re2.compile(
    r"(?i)\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTH},? \d{{4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})\b"
)


def found(text: str) -> Iterator[Candidate]:
    if not BIRTH_WORD.search(text):
        return
    for match in DATE.finditer(text):
        if BIRTH_WORD.search(surroundings.before(text, match.start())):
            yield match.span(), _iso(match.group()), 0.9


def _iso(written: str) -> str:
    """The date as ISO writes it; as it stands where day and month may be either, or there is no such day."""
    numbers = [int(number) for number in re.findall(r"\d+", written)]
    named = re.search("|".join(MONTHS), written.lower())
    if named:
        numbers = [numbers[1], MONTHS.index(named[0]) + 1, numbers[0]]
    elif numbers[0] < 32:
        day, month, year = numbers
        if day <= 12 and month <= 12 and day != month:
            return written
        numbers = [year, min(day, month), max(day, month)]
    try:
        return date(*numbers).isoformat()
    except ValueError:
        return written
