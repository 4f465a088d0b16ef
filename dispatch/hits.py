"""Ranking what a search has found: all that is asked comes before some of it, and rare words count more.

What is asked side by side counts more where it stands side by side; one sentence that says it all more than a long text
with a word here and there; a statement more than a question. Among equals the newest comes first.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from contexts import words
from contexts.archive import Asked
from contexts.models import MessageRole
from dispatch import questions

LEAST: Final = 0.25  # of what is asked, by worth
QUESTION_WORTH: Final = 0.5
ANSWER_WORTH: Final = 0.7  # ours: what it repeats somebody has said
HALF_WORTH: Final = 150  # stems at which a message is worth half
BESIDE_WORTH: Final = 0.3
SENTENCE_WORTH: Final = 0.3
TITLE_WORTH: Final = 0.15
NEAR: Final = 2  # stems from one to the next
REPEATED: Final = 0.8  # of the words of two texts


@dataclass(frozen=True)
class Said:
    """A message that may be shown, by whom and where it was said; of a long one its beginning."""

    message: UUID
    conversation: UUID
    title: str
    role: str
    author: str
    created_at: datetime
    text: str


@dataclass(frozen=True)
class Hit:
    """`terms`: words of the question that the message holds too. `quote`: the sentence that says most of them."""

    said: Said
    score: float
    terms: tuple[str, ...]
    quote: str


def ranked(asked: Asked, question: str, found: list[Said]) -> list[Hit]:
    """Best first, each text once, without what only repeats the question."""
    named = {words.stem(word[: words.LONGEST]): word for word in reversed(words.words(question))}
    scored = [hit for said in found if not repeats(said.text, question) and (hit := _hit(asked, said, named))]
    scored.sort(key=lambda hit: (hit.score, hit.said.created_at, hit.said.message.int), reverse=True)
    once = dict[str, Hit]()
    for hit in scored:
        once.setdefault(" ".join(hit.said.text.casefold().split()), hit)
    return list(once.values())


def repeats(text: str, question: str) -> bool:
    """Whether it says nothing that the question does not say."""
    if not words.terms(text) <= words.terms(question):
        return False
    said, asked = set(words.words(text)), set(words.words(question))
    alike = len(said & asked) >= REPEATED * len(said | asked)
    return alike or not questions.tells(text)


def _hit(asked: Asked, said: Said, named: dict[str, str]) -> Hit | None:
    sequence = words.sequence(said.text)
    held = asked.worth.keys() & set(sequence)
    share = asked.share(held)
    if not held or share < LEAST:
        return None
    quote, told = _best_sentence(asked, said.text)
    titled = asked.share(asked.worth.keys() & words.terms(said.title))
    extra = BESIDE_WORTH * _side_by_side(list(asked.worth), sequence) + SENTENCE_WORTH * told + TITLE_WORTH * titled
    score = share * share * _clarity(said, len(sequence)) * (1 + extra)
    return Hit(said, round(score, 3), tuple(sorted(named[stem] for stem in held)), quote)


def _best_sentence(asked: Asked, text: str) -> tuple[str, float]:
    """The first of those that say most, and how much of what is asked that is."""
    sentences = questions.sentences(text) or [text]
    shares = [asked.share(asked.worth.keys() & words.terms(sentence)) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda place: (shares[place], questions.tells(sentences[place]), -place))
    return sentences[best], shares[best]


def _side_by_side(asked: list[str], said: list[str]) -> float:
    """Which part of the neighbours in the question are near each other in the text, in the same order."""
    places: dict[str, set[int]] = {}
    for place, stem in enumerate(said):
        places.setdefault(stem, set()).add(place)
    pairs = list(pairwise(asked))
    near = sum(_follows(places.get(left, set()), places.get(right, set())) for left, right in pairs)
    return near / len(pairs) if pairs else 0.0


def _follows(left: set[int], right: set[int]) -> bool:
    """Whether one of `right` comes shortly after one of `left`. Each is looked at once: a text may have thousands."""
    return any(place + gap in right for place in left for gap in range(1, NEAR + 1))


def _clarity(said: Said, length: int) -> float:
    asks = 1.0 if questions.tells(said.text) else QUESTION_WORTH
    told = ANSWER_WORTH if said.role == MessageRole.ASSISTANT else 1.0
    return asks * told * HALF_WORTH / (HALF_WORTH + length)
