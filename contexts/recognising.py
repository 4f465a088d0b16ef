"""Recognition: the typed things that a text names. The same for the same text and scene, in bounded time.

Each recogniser is a function that yields finds. Where two claim the same letters, the more exact form wins: an address
before a name, a name that is introduced before one that only looks like one.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import re2

from contexts import amounts, entity_model, organisations, people, places, references, statements, times
from contexts.finds import Find, Scene

logger = logging.getLogger(__name__)

LONGEST: Final = 20_000  # characters that are read
MOST: Final = 200  # of one text
MOST_OF_TYPE: Final = 100
FENCED: Final = re2.compile(r"(?s)```.*?(?:```|$)")

Recogniser = Callable[[str, Scene], Iterable[Find]]
# The more exact first. Those of a rank compare by their confidence, and by their length.
RANKS: Final[tuple[tuple[Recogniser, ...], ...]] = (
    (references.forms, references.code),
    (references.mentions, references.tickets),
    (times.times,),
    (amounts.money,),
    (amounts.quantities,),
    (people.people, places.places, organisations.organisations, entity_model.names),
)


def recognise(text: str, scene: Scene) -> tuple[Find, ...]:
    """In the order of their places; none overlaps another. It raises nothing: what a recogniser breaks on has none."""
    text = text[:LONGEST]
    return tuple(statements.stated(text, _found(text, scene)))


def _found(text: str, scene: Scene) -> list[Find]:
    taken, found = _Taken(text), list[Find]()
    for rank in RANKS:
        if rank is not RANKS[0]:
            taken.close()
        every = [one for recogniser in rank for one in _by(recogniser, text, scene)]
        found += taken.kept(sorted(every, key=lambda one: (-one.confidence, one.start - one.end, one.start)))
    return sorted(found[:MOST], key=lambda one: one.start)


def _by(recogniser: Recogniser, text: str, scene: Scene) -> list[Find]:
    """Libraries and models read what anybody wrote: one that breaks costs its own finds, and no answer."""
    try:
        return list(islice(recogniser(text, scene), MOST_OF_TYPE))
    except Exception:
        logger.exception("a recogniser broke", extra={"recogniser": recogniser.__name__})
        return []


class _Taken:
    """Which letters are something already: 1 for each. Those of secrets from the beginning."""

    def __init__(self, text: str) -> None:
        self._letters = bytearray(len(text))
        for start, end in references.secrets(text):
            self._take(start, end)
        self._fenced = [match.span() for match in FENCED.finditer(text)] if "```" in text else []

    def kept(self, found: Iterable[Find]) -> Iterator[Find]:
        for one in found:
            if one.end > one.start and not any(self._letters[one.start : one.end]):
                self._take(one.start, one.end)
                yield one

    def close(self) -> None:
        """Of fenced code only addresses and code are read."""
        while self._fenced:
            self._take(*self._fenced.pop())

    def _take(self, start: int, end: int) -> None:
        self._letters[start:end] = b"\1" * (end - start)
