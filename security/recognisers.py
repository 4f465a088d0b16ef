"""What a text says of people and places on the net, by its form: typed, with its place and its normal form.

Names of persons, streets, towns and organisations have no form: nothing here finds them. What is written like many
other things (a phone number within a country, a date) counts only near a word that says what it is.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import re2
from stdnum import iban, luhn, numdb
from stdnum.us import ssn

from security import phones
from security.phones import Candidate

Found = Iterator[Candidate]

MAYBE: Final = re.compile(r"[0-9@]|://|www\.", re.IGNORECASE)
BEFORE: Final = 40  # characters in which a word may say what comes
EMAIL: Final = re2.compile(r"[\pL\pN][\pL\pN._%+'-]*@(?:[\pL\pN][\pL\pN-]*\.)+\pL+")
RESERVED: Final = re.compile(r"(?:^|\.)example\.\w+$|\.(?:example|test|invalid|localhost)$", re.IGNORECASE)  # RFC 2606
URL: Final = re2.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"'`|\\^{}\[\]]+")
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
IP4: Final = re2.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
IP6: Final = re2.compile(r"(?i)[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}")
VERSION_WORD: Final = re.compile(r"(?:version|release|build|section|chapter|\bv)\W{0,3}$", re.IGNORECASE)
BIRTH_WORD: Final = re.compile(r"\bborn\b|birth|\bd\.?o\.?b\b", re.IGNORECASE)
MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH: Final = rf"(?:{'|'.join(MONTHS)})[a-z]*\.?"
DATE: Final = re2.compile(
    r"(?i)\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTH},? \d{{4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})\b"
)


@dataclass(frozen=True)
class Recognised:
    """`span` counts code points of the text; `normal` is the same however it is written; `confidence` is up to 1."""

    type: str
    span: tuple[int, int]
    normal: str
    confidence: float


def recognise(text: str, types: Iterable[str] | None = None, most: int | None = None) -> list[Recognised]:
    """In the order of their places, the first `most` of each type. A stretch may be two things, as the address within a
    URL; never two numbers.
    """
    if not MAYBE.search(text):
        return []
    wanted, found = frozenset(types or ALL), list[Recognised]()
    for type, (mark, recognised) in TYPES.items():
        if type in wanted and (not mark or mark in text):
            found += [Recognised(type, *candidate) for candidate in islice(recognised(text), most)]
    if "phone" in wanted:
        taken = _taken(text, found)
        phone = (one for one in phones.found(text) if not any(taken[slice(*one[0])]))
        found += [Recognised("phone", *one) for one in islice(phone, most)]
    return sorted(found, key=lambda one: one.span)


def _emails(text: str) -> Found:
    for match in EMAIL.finditer(text):
        local, _, host = match.group().rpartition("@")
        if len(local) <= 64 and len(host) <= 253 and local != "git" and text[match.end() : match.end() + 1] != "@":
            yield match.span(), f"{local}@{host.lower()}", 0.3 if RESERVED.search(host) else 1.0


def _urls(text: str) -> Found:
    for match in URL.finditer(text):
        url = match.group().rstrip(".,;:!?*_")
        if url.endswith(")") and "(" not in url:
            url = url[:-1]
        scheme, colon, rest = url.rpartition("://")
        host, slash, path = rest.partition("/")
        if "." in host or "localhost" in host:
            normal = f"{scheme.lower() or 'http'}{colon or '://'}{host.lower()}{slash}{path}"
            yield (match.start(), match.start() + len(url)), normal, 1.0


def _cards(text: str) -> Found:
    for match in CARD.finditer(text):
        number = _digits(match.group())
        if not _apart(text, match) or not _card_shape(match.group()) or not luhn.is_valid(number):
            continue
        hinted = bool(CARD_WORD.search(_before(text, match.start())))
        if hinted or ISSUERS.fullmatch(number):
            yield match.span(), number, 1.0 if hinted else 0.9


def _card_shape(written: str) -> bool:
    groups = tuple(len(group) for group in re.split("[ -]", written))
    return len(groups) == 1 or groups in SHAPES


def _ibans(text: str) -> Found:
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


def _ssns(text: str) -> Found:
    for match in SSN.finditer(text):
        strong = match.group().count("-") == 2
        if (strong or SSN_WORD.search(_before(text, match.start()))) and _apart(text, match):
            number = _digits(match.group())
            if ssn.is_valid(number):
                yield match.span(), ssn.format(number), 1.0


def _ips(text: str) -> Found:
    matches = [*IP4.finditer(text), *(IP6.finditer(text) if "::" in text or text.count(":") > 5 else ())]
    for match in matches:
        if not _apart(text, match, ":") or VERSION_WORD.search(_before(text, match.start())):
            continue
        try:
            address = ipaddress.ip_address(match.group())
        except ValueError:
            continue
        yield match.span(), str(address), 0.9 if address.is_global else 0.3


def _birth_dates(text: str) -> Found:
    if not BIRTH_WORD.search(text):
        return
    for match in DATE.finditer(text):
        if BIRTH_WORD.search(_before(text, match.start())):
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


def _apart(text: str, match: Any, also: str = "") -> bool:
    """Whether no letter, digit or decimal joins it to what stands beside it."""
    start, end = match.span()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    joined = after in {".", "-"} and text[end + 1 : end + 2].isdigit()
    return not (before.isalnum() or (before and before in "._-/" + also) or after.isalnum() or joined)


def _before(text: str, start: int) -> str:
    return text[max(0, start - BEFORE) : start]


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)


def _taken(text: str, found: list[Recognised]) -> bytearray:
    """1 for each character of what is something else than a phone number."""
    taken = bytearray(len(text))
    for one in found:
        start, end = one.span
        taken[start:end] = b"\1" * (end - start)
    return taken


# A character without which there is none, and who looks. Phone numbers are what is left of the numbers.
TYPES: Final[dict[str, tuple[str, Callable[[str], Found]]]] = {
    "email": ("@", _emails),
    "url": ("", _urls),
    "iban": ("", _ibans),
    "card": ("", _cards),
    "us_ssn": ("", _ssns),
    "ip_address": ("", _ips),
    "birth_date": ("", _birth_dates),
}
ALL: Final = frozenset({*TYPES, "phone"})
