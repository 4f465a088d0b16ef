"""Encodings that a browser, a server or a model undoes: percent signs, entities, escapes, base64. In linear time."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import accumulate, pairwise
from typing import Final

from project import patterns

# RE2, for it is ten times as fast as re here.
MARKED: Final = patterns.compiled(r"[%&\\]|[A-Za-z0-9+/_-]{12}|[a-z][A-Z0-9]|[0-9][A-Za-z]")
ESCAPED: Final = re.compile(
    r"[%&\\](?:(?<=%)(?P<percent>[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)"
    r"|(?<=%)u(?P<wide>[0-9A-Fa-f]{4})"
    r"|(?<=&)(?P<entity>#[0-9]{1,12};?|#[xX][0-9A-Fa-f]{1,12};?|[A-Za-z][A-Za-z0-9]{1,31};?)"
    r"|(?P<pair>u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|(?<=\\)u\{0{0,6}(?P<braced>[0-9A-Fa-f]{1,6})\}"
    r"|(?<=\\)u(?P<unicode>[0-9A-Fa-f]{4})"
    r"|(?<=\\)x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?<=\\)U(?P<long>[0-9A-Fa-f]{8}))"
)
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
LEAST_OF_BASE64: Final = 8  # characters, of four bytes and what fills them up
LONGEST_BARE_NAME: Final = 6  # of the entities that browsers read without a semicolon
LEAST_READABLE: Final = 0.9

Pieces = list[tuple[str, int, int]]


@dataclass(frozen=True)
class Undone:
    """`pieces`: what stands there instead, each with the stretch of the text that it was written as."""

    start: int
    end: int
    pieces: Pieces


def undone(text: str) -> Iterator[Undone]:
    """In order, and without those that say nothing when they are undone."""
    found, done = [*_escaped(text), *_packed(text)], 0
    for one in sorted(found, key=lambda one: one.start):
        if one.start >= done:
            done = one.end
            yield one


def _escaped(text: str) -> Iterator[Undone]:
    for found in ESCAPED.finditer(text):
        kind = str(found.lastgroup)
        pieces = READ[kind](found.group(kind), found.start(), found.end())
        if pieces:
            yield Undone(found.start(), pieces[-1][2], pieces)


def _packed(text: str) -> Iterator[Undone]:
    for found in BASE64.finditer(text):
        written = found.group()
        if len(written) >= LEAST_OF_BASE64 and not written[1:].islower() and not written.isdigit():
            pieces = _base64(written, found.start())
            if pieces:
                yield Undone(*found.span(), pieces)


def _percent(written: str, start: int, end: int) -> Pieces:
    return _bytes(bytes.fromhex(written.replace("%", "")), lambda byte: start + 3 * byte)


def _base64(written: str, at: int) -> Pieces:
    run = written.rstrip("=")
    run = run[: len(run) - (len(run) % 4 == 1)]
    raw = base64.urlsafe_b64decode(run.replace("+", "-").replace("/", "_") + "=" * (-len(run) % 4))
    if not _readable(raw):
        return []
    return _bytes(raw, lambda byte: at + (len(written) if byte >= len(raw) else byte * 4 // 3))


def _readable(raw: bytes) -> bool:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return sum(one.isprintable() or one in "\t\r\n" for one in text) >= LEAST_READABLE * len(text)


def _bytes(raw: bytes, place: Callable[[int], int]) -> Pieces:
    """As UTF-8, and where it is none as Latin-1. `place`: where a byte begins in what was written."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        return [(one, place(byte), place(byte + 1)) for byte, one in enumerate(text)]
    borders = accumulate((len(one.encode()) for one in text), initial=0)
    return [(one, place(start), place(end)) for one, (start, end) in zip(text, pairwise(borders), strict=True)]


def _entity(written: str, start: int, end: int) -> Pieces:
    """A name without semicolon may be only the beginning of the word."""
    if written[0] == "#":
        digits = written[1:].rstrip(";")
        code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        return [(_character(code), start, end)]
    for name in (written, *(written[:length] for length in range(LONGEST_BARE_NAME, 1, -1))):
        if name in html5:
            return [(html5[name], start, start + 1 + len(name))]
    return []


def _pair(written: str, start: int, end: int) -> Pieces:
    high, low = int(written[1:5], 16), int(written[7:], 16)
    return [(chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), start, end)]


def _code(written: str, start: int, end: int) -> Pieces:
    return [(_character(int(written, 16)), start, end)]


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


READ: Final[dict[str, Callable[[str, int, int], Pieces]]] = {
    "percent": _percent,
    "entity": _entity,
    "pair": _pair,
    **dict.fromkeys(("wide", "braced", "unicode", "byte", "long"), _code),
}
