"""The filter `anomaly`: texts that nobody types, whatever they say. It flags at the lowest severity, and never refuses.

What people do write passes: joined emoji, flags, joiners of Persian and Hindi, accents, two languages in a sentence.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from security import matchview, screening
from security.material import Material
from security.screening import Finding

LONG: Final = 1000  # characters, from which on it tells something that a text repeats itself
REPEATED: Final = 0.03  # what is left of such a text when it is packed; of prose it is a third
SYMBOLS: Final = 0.6  # share of characters that are neither letters, digits nor blanks
FEWEST: Final = 200  # characters for shares to mean something


@dataclass(frozen=True)
class Oddity:
    """`least`: how many of them it takes."""

    name: str
    pattern: re.Pattern[str]
    least: int


# Greek, Cyrillic, Armenian, Cherokee, Lisu: with letters that look Latin.
ABROAD: Final = "[\u0370-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]"
# Without width, without a picture, or without a meaning.
UNSHOWN: Final = (
    "\u00ad\u200b-\u200d\u2060-\u2065\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\ue000-\uf8ff\ufff0-\ufff8\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
# Each looks a bounded number of characters ahead.
ODDITIES: Final = (
    Oddity("tags", re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007e]{3}"), 1),
    Oddity("bidi-override", re.compile("[\u202d\u202e]"), 1),
    Oddity("hidden-in-words", re.compile(f"[A-Za-z][{UNSHOWN}](?=[A-Za-z])"), 4),
    Oddity("selectors", re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}"), 1),
    Oddity("marks", re.compile("[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]{4}"), 2),
    Oddity("mixed-scripts", re.compile(f"[A-Za-z](?={ABROAD})|{ABROAD}(?=[A-Za-z])"), 3),
)  # fmt: skip
# None of them is in a text without one of these.
HINT: Final = re.compile(f"[{UNSHOWN}\u0300-\u036f\u1ab0-\u1aff\u202d\u202e\u20d0-\u20ff\ufe00-\ufe2f]|{ABROAD}")
BLOB: Final = re.compile(r"[!-~]{1000}")
SYMBOL: Final = re.compile(r"[^\w\s]")


@screening.register("anomaly")
def anomaly(material: Material) -> Iterator[Finding]:
    text = material.whole
    if (not text.isascii() or matchview.CONTROL.search(text)) and HINT.search(text):
        for odd in ODDITIES:
            places = [found.span() for found in islice(odd.pattern.finditer(text), odd.least)]
            if len(places) == odd.least:
                yield _finding(odd.name, (places[0][0], places[-1][1]))
    for piece, start in zip(material.pieces, material.starts, strict=True):
        if piece.spoken and len(piece.text) >= FEWEST:
            for name, is_so in SHAPES.items():
                if is_so(piece.text):
                    yield _finding(name, (start, start + len(piece.text)))


def _repeats(text: str) -> bool:
    return len(text) >= LONG and len(zlib.compress(text.encode(errors="replace"), 1)) < REPEATED * len(text)


def _is_symbols(text: str) -> bool:
    return len(SYMBOL.findall(text)) > SYMBOLS * len(text)


def _is_blob(text: str) -> bool:
    return BLOB.search(text) is not None


SHAPES: Final[dict[str, Callable[[str], bool]]] = {"repetition": _repeats, "symbols": _is_symbols, "blob": _is_blob}


def _finding(name: str, span: tuple[int, int]) -> Finding:
    return Finding(name, span, "low", 0.5)
