"""The text as filters match it: what hides from a pattern and not from a reader or a model is undone.

Every view knows where each of its characters came from, so that what is found there is told of the text as sent.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import Final

from project import patterns
from security import encodings, lookalikes

LAYERS: Final = 2
MOST_GROWTH: Final = 4  # characters that one becomes: a ligature of Arabic is a sentence of eighteen
MOST_KNOWN: Final = 20_000
# RE2, for texts in which there is none, which are nearly all.
CONTROL: Final = patterns.compiled(r"[\x00-\x08\x0e-\x1f\x7f]")
NOT_PLAIN: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\U0010ffff]+")
WORD: Final = re.compile(r"\w+")

TAGS: Final = range(0xE0020, 0xE007F)
TAGGED: Final = re.compile(f"[{chr(TAGS.start)}-{chr(TAGS.stop - 1)}]+")
REPLACED: Final = "\ufffd"  # for half a character, which RE2 does not read
UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Mn", "Me"})
# Letters of Hangul that no font shows, and what Unicode keeps free for characters that are not to be shown.
FILLERS: Final = frozenset("\u115f\u1160\u2065\u3164\uffa0") | set(
    map(chr, (*range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
)
BLANKS: Final = {"Zs": " ", "Zl": "\n", "Zp": "\n"}
ACCENTED: Final = ("LATIN", "GREEK", "CYRILLIC")

ALWAYS: Final = lookalikes.table(lookalikes.LATIN, lookalikes.PUNCTUATION) | {
    "\u2800": " ",
    "\x85": "\n",
    **{chr(0x1F1E6 + number): chr(0x41 + number) for number in range(26)},
    **{chr(start + number): chr(0x41 + number) for start in (0x1F150, 0x1F170) for number in range(26)},
}
WHOLE: Final = lookalikes.table(lookalikes.WHOLE)
BESIDE: Final = str.maketrans(WHOLE | lookalikes.table(lookalikes.BESIDE))
LATIN: Final = frozenset(ascii_letters)
NAMESAKES: Final = frozenset(WHOLE) | set(map(chr, range(128)))
ALIKE: Final = re.compile(f"[{''.join(map(chr, BESIDE))}]")
PLACES: Final = array("I", range(1 << 17))  # as they are in a text that was changed nowhere


@dataclass(frozen=True)
class View:
    """`starts` and `ends`: where in the original each character of `text` begins and ends; empty: at its own place."""

    text: str
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the view as a span of the original."""
        if not self.starts:
            return start, end
        if start >= len(self.starts):
            return self.ends[-1], self.ends[-1]
        return self.starts[start], self.ends[max(start, end - 1)]


def views(text: str) -> tuple[View, ...]:
    """The folded text first, then what is read when its encodings are undone, and what is written in tags alone.

    Folded: as NFKC and without accents, so that patterns are written without them too; case stays.
    """
    return tuple(view for first in (View(text), *_hidden(text)) for view in _layers(_folded(first)))


def _layers(view: View) -> Iterator[View]:
    yield view
    for _ in range(LAYERS):
        decoded = _decoded(view) if encodings.MARKED.search(view.text) else None
        if decoded is None:
            return
        view = _folded(decoded)
        yield view


def _hidden(text: str) -> Iterator[View]:
    """What is written in characters that no font shows is a text of its own, whatever stands before it."""
    if not text.isascii() and TAGGED.search(text):
        making = _Making(View(text))
        for run in TAGGED.finditer(text):
            making.keep(*run.span())
        yield making.view()


def folded(text: str) -> str:
    """A text as the first of its views has it: for words that are looked for in views."""
    return _folded(View(text)).text


class _Making:
    """A view that is made from another, stretch by stretch."""

    def __init__(self, source: View) -> None:
        self.text = list[str]()
        self.starts, self.ends = array("I"), array("I")
        self._source = source
        if not source.starts:
            places = PLACES if len(source.text) < len(PLACES) else array("I", range(len(source.text) + 1))
            length = len(source.text)
            self._starts, self._ends = places[:length], places[1 : length + 1]
        else:
            self._starts, self._ends = array("I", source.starts), array("I", source.ends)

    def keep(self, start: int, end: int) -> None:
        self.text.append(self._source.text[start:end])
        self.starts += self._starts[start:end]
        self.ends += self._ends[start:end]

    def put(self, text: str, starts: Iterable[int], ends: Iterable[int]) -> None:
        """A text instead of a stretch of the source; of each of its characters, where in the source it is from."""
        self.text.append(text)
        self.starts.extend(map(self._starts.__getitem__, starts))
        self.ends.extend([self._ends[end - 1] for end in ends])

    def drop(self, end: int) -> None:
        """What became nothing, up to there, belongs to the character before it."""
        if self.ends:
            self.ends[-1] = self._ends[end - 1]

    def view(self) -> View:
        return View("".join(self.text), self.starts, self.ends)


def _folded(source: View) -> View:
    if source.text.isascii() and not CONTROL.search(source.text):
        return source
    making, done = _Making(source), 0
    for run in NOT_PLAIN.finditer(source.text):
        making.keep(done, run.start())
        done = run.end()
        _fold(making, run.group(), run.start())
    making.keep(done, len(source.text))
    view = making.view()
    return View(_latin(view.text), view.starts, view.ends)


def _fold(making: _Making, run: str, at: int) -> None:
    if run.translate(FOLDED) == run:
        making.keep(at, at + len(run))
        return
    became = [(place, text) for place, text in enumerate(map(FOLDED.__getitem__, map(ord, run)), at) if text]
    places = [place for place, _ in became]
    borders = [*places, at + len(run)]
    if borders[0] > at:
        making.drop(borders[0])
    making.put(
        "".join([text for _, text in became]),
        [place for place, text in became for _ in text],
        [end for end, (_, text) in zip(borders[1:], became, strict=True) for _ in text],
    )


class _Folded(dict[int, str]):
    """What each character becomes: nothing, itself, or up to `MOST_GROWTH` others. Filled as they are met."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[code] = _one_folded(chr(code))
        return self[code]


FOLDED: Final = _Folded()


def _one_folded(character: str) -> str:
    if ord(character) in TAGS:
        return chr(ord(character) - TAGS.start + 0x20)
    if character in ALWAYS:
        return ALWAYS[character]
    category = unicodedata.category(character)
    if category == "Cs":
        return REPLACED
    if category in UNSEEN or character in FILLERS:
        return ""
    if category in BLANKS:
        return BLANKS[category]
    composed = unicodedata.normalize("NFKC", character)
    plain = "".join(map(_bare, composed))
    return plain if len(plain) <= MOST_GROWTH else character


def _bare(character: str) -> str:
    """Without its accent, where that is one: what is above a kana or within a syllable is part of the letter."""
    if character in ALWAYS:
        return ALWAYS[character]
    kept = [one for one in unicodedata.normalize("NFD", character) if unicodedata.category(one) not in UNSEEN]
    if kept and unicodedata.name(kept[0], "").startswith(ACCENTED):
        return "".join(kept)
    return "" if unicodedata.category(character) in UNSEEN else character


def _latin(text: str) -> str:
    """With letters that only look Latin as the Latin ones, word for word. As long as before."""
    made, done = list[str](), 0
    for alike in ALIKE.finditer(text):
        if alike.start() >= done:
            start, end = _word(text, alike.start(), done)
            made += [text[done:start], _latin_word(text[start:end])]
            done = end
    return "".join([*made, text[done:]]) if done else text


def _word(text: str, at: int, least: int) -> tuple[int, int]:
    """The word around a letter, not looked for before `least`."""
    start = at
    while start > least and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    found = WORD.match(text, at)
    return start, found.end() if found else at + 1


def _latin_word(word: str) -> str:
    letters = set(word)
    if letters.isdisjoint(LATIN) and not letters <= NAMESAKES:
        return word
    return word.translate(BESIDE)


def _decoded(source: View) -> View | None:
    """With its encodings undone once. None when there was nothing to undo."""
    making, done = _Making(source), 0
    for one in encodings.undone(source.text):
        making.keep(done, one.start)
        done = one.end
        making.put(one.text, one.starts, one.ends)
    if not done:
        return None
    making.keep(done, len(source.text))
    return making.view()
