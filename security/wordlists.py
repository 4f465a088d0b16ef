"""Lists of words and phrases: found as whole words, in any case, in one walk over the text however long the list is.

A word is letters and digits that stand together; of scripts that leave no blanks between words, each character. Other
signs are words of their own, blanks are none.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

Spans = Iterator[tuple[int, int]]

# Thai, Lao, Myanmar, Khmer, kana, ideographs.
UNPARTED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD: Final = re.compile(rf"[{UNPARTED}]|[^\W{UNPARTED}]+|[^\w\s]")
END: Final = " "  # of each word of a phrase: no word holds it


@lru_cache(maxsize=4)  # a text meets one list after another
def words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


class WordList:
    """Phrases by their first word, each as one string in which every word is ended."""

    def __init__(self, phrases: Iterable[str]) -> None:
        listed = sorted({_joined(said) for phrase in phrases if (said := words(phrase))})
        self._most = max((phrase.count(END) for phrase in listed), default=0)
        self._begun = {word: list(same) for word, same in groupby(listed, key=lambda one: one[: one.index(END)])}
        self._shorter = dict(_beginnings(listed))

    def __call__(self, text: str) -> Spans:
        """The longest phrase at each place; they overlap nowhere."""
        said = words(text)
        if self._begun.keys().isdisjoint(said):
            return
        places, at = [match.span() for match in WORD.finditer(text)], 0
        while at < len(said):
            length = self._longest(said, at)
            if length:
                yield places[at][0], places[at + length - 1][1]
            at += length or 1

    def _longest(self, said: list[str], at: int) -> int:
        """In words. The last phrase that is sorted before the text is the longest that the text begins with, or begins
        with it."""
        listed = self._begun.get(said[at])
        if listed is None:
            return 0
        text = _joined(said[at : at + self._most])
        place = bisect_right(listed, text)
        phrase = listed[place - 1] if place else None
        while phrase and not text.startswith(phrase):
            phrase = self._shorter.get(phrase)
        return phrase.count(END) if phrase else 0


def _joined(said: list[str]) -> str:
    return END.join([*said, ""])


def _beginnings(listed: list[str]) -> Iterator[tuple[str, str]]:
    """Of phrases in order, each that begins with a shorter one, and the longest such."""
    begun = list[str]()
    for phrase in listed:
        while begun and not phrase.startswith(begun[-1]):
            begun.pop()
        if begun:
            yield phrase, begun[-1]
        begun.append(phrase)
