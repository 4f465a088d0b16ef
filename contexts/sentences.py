"""Sentences that tell the most of what was said. The same for the same messages, whoever asks and when.

A word is worth how often it comes, and less where every message has it; what one sentence has told counts for little
in the next (after SumBasic: Nenkova and Vanderwende, 2005). Statements of people come before questions and answers.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from syntok import segmenter

from contexts import words
from contexts.models import MessageRole

MOST: Final = 8
READ: Final = 1500  # characters of a message
LONGEST: Final = 160  # characters of a line
SHORTEST: Final = 3  # stems; what has fewer is told only where nothing has more
LEAST: Final = 0.1  # of the best one; what tells less is left out
SHORT_WORTH: Final = 0.3
ANSWER_WORTH: Final = 0.4
QUESTION_WORTH: Final = 0.5
TOLD_WORTH: Final = 0.25
QUESTION_MARKS: Final = ("?", "\u061f", "\uff1f")


@dataclass(frozen=True)
class Line:
    """What one message comes to. The greater its weight, up to 1, the longer it stays while a summary gets shorter."""

    seq: int
    author: str
    text: str
    weight: float


def gist(seq: int, author: str, role: str, text: str) -> Line | None:
    """A message by itself: its beginning. None for one that says nothing."""
    flat = _flat(text)
    return Line(seq, author, shortened(flat), _worth(flat, role) * min(1.0, len(flat) / LONGEST)) if flat else None


def of_message(seq: int, author: str, role: str, text: str) -> Iterator[Line]:
    """Each sentence of it, by what it is worth apart from its words."""
    for sentence in _split(text[:READ]):
        yield Line(seq, author, sentence, _worth(sentence, role))


def best(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The MOST lines that tell the most, of each message at most one, in the order of the log; the best weighs 1."""
    left = [(line, words.terms(line.text)) for line in lines]
    left = [(line, terms) for line, terms in left if terms]
    worth = _worths([terms for _line, terms in left])
    found = list[Line]()
    while left and len(found) < MOST:
        score, line, terms = max(_scored(left, worth), key=lambda scored: (scored[0], -scored[1].seq))
        found.append(replace(line, text=shortened(line.text), weight=score))
        worth |= {term: worth[term] * TOLD_WORTH for term in terms}
        left = [(other, held) for other, held in left if other.seq != line.seq]
    most = max((line.weight for line in found), default=1.0)
    weighed = (replace(line, weight=round(line.weight / most, 3)) for line in found)
    return tuple(sorted((line for line in weighed if line.weight >= LEAST), key=lambda line: line.seq))


def shortened(text: str) -> str:
    return cut(text, LONGEST)


def cut(text: str, most: int) -> str:
    """At a word where there is one, and visibly."""
    head = text[: most - 1]
    return text if len(text) <= most else f"{head.rpartition(' ')[0] or head}…"


def _scored(
    left: list[tuple[Line, frozenset[str]]], worth: dict[str, float]
) -> Iterator[tuple[float, Line, frozenset[str]]]:
    for line, terms in left:
        told = math.fsum(worth[term] for term in terms) / math.sqrt(len(terms))
        yield told * line.weight * (1.0 if len(terms) >= SHORTEST else SHORT_WORTH), line, terms


def _worths(held: list[frozenset[str]]) -> dict[str, float]:
    counts = Counter(term for terms in held for term in terms)
    return {term: count * math.log1p(len(held) / count) for term, count in counts.items()}


def _worth(text: str, role: str) -> float:
    asked = QUESTION_WORTH if text.endswith(QUESTION_MARKS) else 1.0
    return asked * (1.0 if role == MessageRole.USER else ANSWER_WORTH)


def _split(text: str) -> Iterator[str]:
    for paragraph in segmenter.analyze(text):
        for sentence in paragraph:
            tokens = list(sentence)
            if tokens:
                yield _flat(text[tokens[0].offset : tokens[-1].offset + len(tokens[-1].value)])


def _flat(text: str) -> str:
    return " ".join(text.split())
