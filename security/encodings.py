"""Encodings that a browser, a server or a model undoes: percent signs, entities, escapes, base64. In linear time."""

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.entities import html5
from itertools import accumulate
from typing import Final

from project import patterns

# RE2, for it is ten times as fast as re here.
MARKED: Final = patterns.compiled(r"[%&\\]|[A-Za-z0-9+/_-]{12}|[a-z][A-Z0-9]|[0-9][A-Za-z]")
ESCAPED: Final = re.compile(
    r"[%&\\](?:(?<=%)(?P<percent>(?:25)*[0-9A-Fa-f]{2}(?:%(?:25)*[0-9A-Fa-f]{2})*)"
    r"|(?<=%)u(?P<wide>[0-9A-Fa-f]{4})"
    r"|(?<=&)(?P<entity>#0*[0-9]{1,12};?|#[xX]0*[0-9A-Fa-f]{1,12};?|[A-Za-z][A-Za-z0-9]{1,31};?)"
    r"|(?P<pair>u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|(?<=\\)u\{0*(?P<braced>[0-9A-Fa-f]{1,6})\}"
    r"|(?<=\\)u(?P<unicode>[0-9A-Fa-f]{4})"
    r"|(?<=\\)x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?<=\\)U(?P<long>[0-9A-Fa-f]{8}))"
)
PERCENT: Final = re.compile(r"%(?:25)*[0-9A-Fa-f]{2}")
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{6,}(?:[ \t]*\r?\n[ \t>]*[A-Za-z0-9+/_-]{2,})*={0,2}")
LINE: Final = re.compile(r"[A-Za-z0-9+/_-]+")
LEAST_OF_BASE64: Final = 8  # characters, of four bytes and what fills them up
LONGEST_BARE_NAME: Final = 6  # of the entities that browsers read without a semicolon
LEAST_READABLE: Final = 0.9

Lines = Sequence[tuple[int, int]]  # where each begins and ends
Read = tuple[str, int]  # what it stands for, and how much of it was read: 0 for all


@dataclass(frozen=True)
class Undone:
    """`text`: what stands for a stretch of another; `starts` and `ends`: what of that each of its characters was."""

    start: int
    end: int
    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def undone(text: str) -> Iterator[Undone]:
    """In order, and without those that say nothing when they are undone."""
    found, done = [*_escaped(text), *_packed(text)], 0  # of two at one place the first counts
    for one in sorted(found, key=lambda one: one.start):
        if one.start >= done:
            done = one.end
            yield one


def _escaped(text: str) -> Iterator[Undone]:
    for found in ESCAPED.finditer(text):
        kind, (start, end) = str(found.lastgroup), found.span()
        written = found.group(kind)
        if kind == "percent":
            yield _percent(found.group(), start)
            continue
        character, length = READ[kind](written)
        if character:
            end = start + 1 + length if length else end
            yield Undone(start, end, character, [start] * len(character), [end] * len(character))


def _percent(written: str, start: int) -> Undone:
    """Percent signs that are encoded themselves, however often, are of one layer with what they encode."""
    if "%25" not in written:
        return _bytes(bytes.fromhex(written.replace("%", "")), range(start, start + len(written) + 1, 3))
    places = [found.span() for found in PERCENT.finditer(written)]
    raw = bytes(int(written[end - 2 : end], 16) for _, end in places)
    return _bytes(raw, [start, *(start + end for _, end in places)])


def _packed(text: str) -> Iterator[Undone]:
    for found in BASE64.finditer(text):
        lines = [(line.start(), line.end()) for line in LINE.finditer(text, *found.span())]
        wrapped = next(filter(None, (_joined(text, some) for some in _blocks(lines))), None)
        alone = (_joined(text, [line]) for line in lines if len(lines) > 1)
        yield from filter(None, (wrapped, *alone))


def _blocks(lines: Lines) -> Iterator[Lines]:
    """Which of the lines that follow each other may be one text: a word may stand before it, and one behind."""
    yield lines
    for first, last in ((1, 0), (0, 1), (1, 1)):
        if len(lines) - first - last > 1:
            yield lines[first : len(lines) - last]


def _joined(text: str, lines: Lines) -> Undone | None:
    """What lines say that are one in base64. None where that is no text."""
    written, end = "".join([text[start:stop] for start, stop in lines]), lines[-1][1]
    filled = len(text[end : end + 2]) - len(text[end : end + 2].lstrip("="))
    if len(written) + filled < LEAST_OF_BASE64 or written[1:].islower() or written.isdigit():
        return None
    raw, codec = _unpacked(written)
    if not raw:
        return None
    places = [place for start, stop in lines for place in range(start, stop)]
    return _bytes(raw, [*(places[byte * 4 // 3] for byte in range(len(raw))), end + filled], codec)


def _unpacked(run: str) -> tuple[bytes, str]:
    """With the codec that makes it text. Nothing for what is none."""
    run = run[: len(run) - (len(run) % 4 == 1)]
    raw = base64.urlsafe_b64decode(run.replace("+", "-").replace("/", "_") + "=" * (-len(run) % 4))
    codec = _codec(raw)
    if codec != "utf-8":
        raw = raw[: len(raw) // 2 * 2]
    try:
        text = raw.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return b"", codec
    readable = text.isprintable() or sum(one.isprintable() or one in "\t\r\n" for one in text)
    return raw if readable is True or readable >= LEAST_READABLE * len(text) else b"", codec


def _codec(raw: bytes) -> str:
    """As its mark of byte order tells, or that every other byte is mostly zero."""
    for codec, mark, zeros in (("utf-16-le", b"\xff\xfe", raw[1::2]), ("utf-16-be", b"\xfe\xff", raw[::2])):
        if raw.startswith(mark) or zeros.count(0) > len(raw) // 4:
            return codec
    return "utf-8"


def _bytes(raw: bytes, borders: Sequence[int], codec: str = "utf-8") -> Undone:
    """What cannot be read so is Latin-1. `borders`: where each byte begins in what was written, and the end."""
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if len(text) < len(raw):
        places = list(accumulate((len(one.encode(codec)) for one in text), initial=0))
        borders = [borders[place] for place in places]
    return Undone(borders[0], borders[-1], text, borders[:-1], borders[1:])


def _entity(written: str) -> Read:
    """A name without semicolon may be only the beginning of the word."""
    if written[0] == "#":
        digits = written[1:].rstrip(";")
        code = int(digits[1:], 16) if digits[0] in "xX" else int(digits.lstrip("0") or "0")
        return _character(code), 0
    for name in (written, *(written[:length] for length in range(LONGEST_BARE_NAME, 1, -1))):
        if name in html5:
            return html5[name], len(name)
    return "", 0


def _pair(written: str) -> Read:
    high, low = int(written[1:5], 16), int(written[7:], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 0


def _code(written: str) -> Read:
    return _character(int(written, 16)), 0


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


READ: Final[dict[str, Callable[[str], Read]]] = {
    "entity": _entity,
    "pair": _pair,
    **dict.fromkeys(("wide", "braced", "unicode", "byte", "long"), _code),
}
