"""Which messages matter: words are worth their rarity, statements more than questions, people more than our answers."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contexts import words
from contexts.context import Context, MessageView
from contexts.models import MessageRole
from dispatch import questions, speakers

QUESTION_WORTH: Final = 0.5
MOST: Final = 3
# A quote must be worth this share of the best one: with QUESTION_WORTH below it, a question never joins the statement
# that answers it.
NEAR_BEST: Final = 0.6
HALF_WORTH: Final = 100  # words at which a text is worth half: a short one says a thing more clearly
# The name of the dog does not answer what the cat is called.
ATTRIBUTES: Final = words.terms("name called number colour color favourite favorite")
ATTRIBUTE_WORTH: Final = 0.3
LEAST_TELLING: Final = 3  # words that make a statement worth quoting in a summary


@dataclass(frozen=True)
class Memory:
    """A message that can be quoted, and the stems it holds."""

    message: MessageView
    terms: frozenset[str]

    @property
    def tells(self) -> bool:
        return questions.tells(questions.excerpt(self.message.text))

    @property
    def clarity(self) -> float:
        return (1.0 if self.tells else QUESTION_WORTH) * HALF_WORTH / (HALF_WORTH + len(self.terms))


def memories(context: Context) -> list[Memory]:
    """What was said, oldest first, with what was pinned or comes back; commands were not said to anybody."""
    beside = [pin.message for pin in context.pinned if pin.message] + [
        recalled.message for recalled in context.recalled
    ]
    known = {message.seq: message for message in (*beside, *context.messages)}
    said = (known[seq] for seq in sorted(known) if known[seq].kind != "action" and known[seq].text.strip())
    return [Memory(message, words.terms(questions.excerpt(message.text))) for message in said]


def rarity(memories: Sequence[Memory]) -> Counter[str]:
    """In how many memories a stem occurs."""
    return Counter(term for memory in memories for term in memory.terms)


def best(asked: frozenset[str], memories: Sequence[Memory], known: Sequence[Memory], share: float) -> list[MessageView]:
    """The best of `memories`, at most MOST, best first; words are weighed among all those `known`.

    `share`: how much of the weight of what is asked a message must hold.
    """
    counts = rarity(known)
    weights = {term: _worth(term) * math.log1p(len(known) / max(1, counts[term])) for term in asked}
    needed = share * sum(weights.values())
    scored: list[tuple[float, int, MessageView]] = []
    for memory in memories:
        held = sum(weights[term] for term in sorted(asked & memory.terms))
        if held and held >= needed:
            scored.append((held * memory.clarity, memory.message.seq, memory.message))
    return _top(scored)


def telling(memories: Sequence[Memory]) -> list[MessageView]:
    """The statements of people that hold most of what the conversation is about, oldest first."""
    counts = rarity(memories)
    weights = {term: count * math.log1p(len(memories) / count) for term, count in counts.items()}
    scored = [
        (sum(weights[term] for term in sorted(m.terms)) / math.sqrt(len(m.terms)) * m.clarity, m.message.seq, m.message)
        for m in memories
        if len(m.terms) >= LEAST_TELLING and m.message.role == MessageRole.USER and m.tells
    ]
    return sorted(_top(scored, near=0.0), key=lambda message: message.seq)


def _worth(term: str) -> float:
    return ATTRIBUTE_WORTH if term in ATTRIBUTES else 1.0


def of_people(memories: Sequence[Memory]) -> list[Memory]:
    return [memory for memory in memories if not speakers.is_own(memory.message)]


def _top(scored: list[tuple[float, int, MessageView]], near: float = NEAR_BEST) -> list[MessageView]:
    """Highest score first, newest first among equals, each text once."""
    ranked = sorted(scored, key=lambda entry: entry[:2], reverse=True)
    least = near * ranked[0][0] if ranked else 0.0
    texts: dict[str, MessageView] = {}
    for score, _seq, message in ranked:
        if score >= least:
            texts.setdefault(" ".join(message.text.casefold().split()), message)
    return list(texts.values())[:MOST]
