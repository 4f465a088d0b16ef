"""Places: streets by their form, countries and towns by a list, others by the words that stand with their names."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import re2
import regex

from contexts.atlas import PLACES
from contexts.capitals import WORD, Span, after, named, sequences
from contexts.finds import Find, Scene, find, plain
from contexts.words import each

ADDRESS: Final = regex.compile(
    rf"\b\d{{1,5}}[a-zA-Z]?,? (?:(?:North|South|East|West|[NSEW]\.?) )?(?:{WORD} ){{1,3}}?"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Dr|Boulevard|Blvd|Square|Way|Court|Ct|Terrace|Crescent|Parkway)\b"
)
NUMBERED: Final = regex.compile(
    r"\b(?:\p{Lu}\p{L}+[ -]){0,2}\p{Lu}\p{L}*(?:straße|strasse|str\.|gasse|weg|platz|allee|straat|gatan|katu|veien"
    r"|tie) \d{1,4}[a-z]?\b"
)
LATIN: Final = regex.compile(
    r"\b(?:Rue|Via|Calle|Avenida|Rua|Plaza|Piazza|Viale|Corso|Strada)(?: (?:de|del|della|di|da|do|dos|la|las|los))*"
    rf"(?: {WORD}){{1,3}},? \d{{1,5}}\b|\b\d{{1,5}},? rue(?: (?:de|du|des|la))*(?: {WORD}){{1,3}}"
)
LIVED: Final = re2.compile(
    r"(?i)\b(?:live|lives|lived|living|based|born|located|headquartered|stay|staying|stayed|stationed|grew up|office"
    r"|offices|trip|travel|travell?ing|fly|flying|flight|moved?|moving|relocat\w+|drive|driving|drove"
    r"|flew)(?: (?:is|are))? (?:in|to|near|from) (?:the city of )?"
    r"|\bvisit(?:s|ed|ing)? |\b(?:city|town|village|province|capital) of "
)
BEGINS: Final = each("Lake Mount Cape Fort Port San Santa Saint")
ENDS: Final = each("River Island Islands Bay Airport Valley County Square Park Bridge")


def places(text: str, scene: Scene) -> Iterator[Find]:
    for match in chain(ADDRESS.finditer(text), NUMBERED.finditer(text), LATIN.finditer(text)):
        yield find("place", text, match.span(), plain(match.group()), 0.9)
    yield from listed("place", text, KNOWN)
    yield from named("place", text, after(text, LIVED), 0.8)
    yield from named("place", text, _shaped(text), 0.7)


def listed(type: str, text: str, pattern: Any) -> Iterator[Find]:
    """Names of a list that are words of their own."""
    for match in pattern.finditer(text):
        start, end = match.span()
        if not text[end : end + 1].isalnum() and text[max(0, start - 1) : start] not in {"@", "/", "-", "."}:
            yield find(type, text, (start, end), plain(match.group()), 0.88)


def of_list(names: frozenset[str]) -> Any:
    return re2.compile(
        rf"\b(?:{'|'.join(re2.escape(name) for name in sorted(names, key=lambda one: (-len(one), one)))})"
    )


def _shaped(text: str) -> Iterator[Span]:
    for start, end in sequences(text):
        words = text[start:end].split(" ")
        if len(words) > 1 and (words[0] in BEGINS or words[-1] in ENDS):
            yield start, end


KNOWN: Final = of_list(PLACES)
