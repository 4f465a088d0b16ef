"""Organisations: by their legal form, by what they are, by who works for them; and those that everybody knows."""

from collections.abc import Iterator
from typing import Final

import re2
import regex

from contexts.atlas import COMPANIES
from contexts.capitals import WORD, Span, after, named, trimmed
from contexts.finds import Find, Scene, find, plain
from contexts.places import listed, of_list
from contexts.words import each

RUN: Final = regex.compile(rf"{WORD}(?:(?: & | and | of the | of |, | ){WORD}){{0,5}}")
FORMS: Final = each("Inc Ltd Limited LLC LLP GmbH AG SE Corp Corporation Co Company plc PLC SA BV NV Oy AB KG KGaA Srl")
BODIES: Final = each(
    "Foundation Institute University College School Academy Bank Hospital Clinic Council Ministry Department "
    "Agency Association Society Club Airlines Airways Group Holdings Partners Systems Technologies Solutions "
    "Consulting Labs Software Media Press Museum Committee Commission Union Orchestra Church "
    "Industries Logistics Insurance Motors Pharma Energy Robotics Bakery Hotel Restaurant Library"
)
OF: Final = each("University Bank Ministry Department Institute Museum Church Council College")
WORKED: Final = re2.compile(
    r"(?i)\b(?:work|works|worked|working|job|interning|consultant|engineer|developer|manager|analyst|designer|employee)"
    r" (?:at|for|with) |\bemployed (?:at|by) |\bhired by |\b(?:company|employer|customer|client|vendor|supplier)"
    r"(?: is| called|,) |\b(?:CEO|CTO|CFO|founder|cofounder|head|owner|director) of |\b(?:contract|meeting|deal"
    r"|partnership) with "
)


def organisations(text: str, scene: Scene) -> Iterator[Find]:
    for match in RUN.finditer(text):
        yield from _formed(text, match.span())
    yield from listed("organisation", text, KNOWN)
    yield from named("organisation", text, after(text, WORKED), 0.8)


def _formed(text: str, span: Span) -> Iterator[Find]:
    """The part of a run that ends with what an organisation is, or begins with what it is of."""
    start, end = trimmed(text, *span)
    words = text[start:end].split(" ") if start < end else []
    last = max((place for place, word in enumerate(words) if word in FORMS | BODIES), default=0)
    if last and words[-1] not in FORMS | BODIES:
        end = start + len(" ".join(words[: last + 1]))
    if last or (len(words) > 2 and words[0] in OF and words[1] == "of"):
        yield find("organisation", text, (start, end), plain(text[start:end]), 0.95 if words[last] in FORMS else 0.9)


KNOWN: Final = of_list(COMPANIES)
