"""What a text says of people and places on the net, by its form: typed, with its place and its normal form.

Names of persons, streets, towns and organisations have no form: nothing here finds them. What is written like many
other things (a phone number within a country, a date) counts only near a word that says what it is.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import re2

from security import account_numbers, births, phones, surroundings
from security.phones import Candidate

Found = Iterator[Candidate]

MAYBE: Final = re.compile(r"[0-9@]|://|www\.", re.IGNORECASE)
EMAIL: Final = re2.compile(r"[\pL\pN][\pL\pN._%+'-]*@(?:[\pL\pN][\pL\pN-]*\.)+\pL+")
RESERVED: Final = re.compile(r"(?:^|\.)example\.\w+$|\.(?:example|test|invalid|localhost)$", re.IGNORECASE)  # RFC 2606
URL: Final = re2.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"'`|\\^{}\[\]]+")
IP4: Final = re2.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
IP6: Final = re2.compile(r"(?i)[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}")
VERSION_WORD: Final = re.compile(r"(?:version|release|build|section|chapter|\bv)\W{0,3}$", re.IGNORECASE)


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


def _ips(text: str) -> Found:
    matches = [*IP4.finditer(text), *(IP6.finditer(text) if "::" in text or text.count(":") > 5 else ())]
    for match in matches:
        if not surroundings.apart(text, match, ":") or VERSION_WORD.search(surroundings.before(text, match.start())):
            continue
        try:
            address = ipaddress.ip_address(match.group())
        except ValueError:
            continue
        yield match.span(), str(address), 0.9 if address.is_global else 0.3


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
    "iban": ("", account_numbers.ibans),
    "card": ("", account_numbers.cards),
    "us_ssn": ("", account_numbers.ssns),
    "ip_address": ("", _ips),
    "birth_date": ("", births.found),
}
ALL: Final = frozenset({*TYPES, "phone"})
