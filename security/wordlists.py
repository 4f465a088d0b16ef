"""Lists of words and phrases: found as whole words, in any case, in one walk over the text however long the list is.

A word is letters and digits that stand together; of scripts that leave no blanks between words, each character. Other
signs are words of their own, blanks are none.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

Spans = Iterator[tuple[int, int]]

# Thai, Lao, Myanmar, Khmer, kana, ideographs.
UNPARTED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD: Final = re.compile(rf"[{UNPARTED}]|[^\W{UNPARTED}]+|[^\w\s]")
END: Final = ""  # no word: under it a node says that a phrase ends here


class _Node(dict[str, "_Node"]): ...


@lru_cache(maxsize=4)  # a text meets one list after another
def words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


class WordList:
    """A tree of words: the walk from each word of the text goes as deep as phrases go on in it."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._root = _Node()
        for phrase in phrases:
            node = self._root
            for word in words(phrase):
                node = node.setdefault(word, _Node())
            node[END] = _Node()
        self._root.pop(END, None)  # of a line without words

    def __call__(self, text: str) -> Spans:
        """The longest phrase at each place; they overlap nowhere."""
        said = words(text)
        if self._root.keys().isdisjoint(said):
            return
        places, at = [match.span() for match in WORD.finditer(text)], 0
        while at < len(said):
            length = self._longest(said, at)
            if length:
                yield places[at][0], places[at + length - 1][1]
            at += length or 1

    def _longest(self, said: list[str], at: int) -> int:
        node, longest, place = self._root.get(said[at]), 0, at
        while node is not None:
            place += 1
            if END in node:
                longest = place - at
            node = node.get(said[place]) if place < len(said) else None
        return longest
