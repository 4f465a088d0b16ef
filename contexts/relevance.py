"""Older messages that matter to a new one: full-text search over the stems of what was said.

Each stem is indexed together with its conversation, so that a search costs what that conversation holds of it, whatever
others hold. Of each stem the newest messages are found, in the newest stretch of the log that holds enough of them: so
the cost does not grow with the conversation. What a word is worth is how rare it is. Both databases find the same
messages in the same order: they only intersect sets of whole words, and everything else happens here.

What one reader alone may read has words of its own: it is found by that reader and by staff, and to everybody else it
neither counts nor takes a place. What is pruned is not in the index.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Left

from contexts import documents, search, visible, words
from contexts.documents import READ, STRETCHES, WHOLE
from contexts.knowledge import SearchDocument
from contexts.models import Message, MessageRole
from project.readers import Reader

BATCH: Final = 200  # documents of a statement
MOST_ASKED: Final = 8  # the longest ones: they tell the most
NEWEST: Final = 32  # messages of each stem
RARE: Final = 200  # messages: a stem of no more is found wherever it is
CANDIDATES: Final = 32
SHARE: Final = 0.3  # of what is asked, by worth, that a message must hold
QUESTION_WORTH: Final = 0.5
ANSWER_WORTH: Final = 0.7
HALF_WORTH: Final = 100  # stems at which a message is worth half: a short one says a thing more clearly
QUESTION_MARKS: Final = ("?", "\u061f", "\uff1f")


@dataclass(frozen=True)
class Hit:
    """`score`: the share of what is asked that the message holds, up to 1. `terms`: the stems that both hold."""

    message: UUID
    seq: int
    score: float
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """Of one stem: messages that hold it, with their numbers, and in how many it is estimated to be."""

    messages: dict[UUID, int]
    count: float


@dataclass(frozen=True)
class Sought:
    """Where is looked, and whose words are looked at."""

    within: search.Range
    after: int
    audiences: list[str]

    def words(self, stem: str) -> list[str]:
        return [documents.word(self.within.conversation, stem, audience) for audience in self.audiences]

    def found(self, held: dict[UUID, int], estimated: bool) -> Found:
        """Filtered here: a database that looked for the numbers after would pass over all of a long past."""
        live = {message: seq for message, seq in held.items() if seq > self.after}
        return Found(live, _estimate(self.within.before, live) if estimated else len(live))


@dataclass(frozen=True)
class Asked:
    """What is looked for, and what was found of each stem below number `before`."""

    before: int
    found: dict[str, Found]

    @cached_property
    def worth(self) -> dict[str, float]:
        """Of each stem; of one that nobody said as of one that was said once."""
        return {stem: math.log1p(self.before / max(1.0, found.count)) for stem, found in self.found.items()}

    def share(self, stems: Iterable[str]) -> float:
        return math.fsum(self.worth[stem] for stem in stems) / math.fsum(self.worth.values())

    def candidates(self) -> list[int]:
        """Numbers of the messages in which most was found, the newest among equals."""
        stems: dict[int, list[str]] = {}
        for stem, found in self.found.items():
            for seq in found.messages.values():
                stems.setdefault(seq, []).append(stem)
        return sorted(stems, key=lambda seq: (-self.share(stems[seq]), -seq))[:CANDIDATES]


def index(message: Message) -> None:
    """Make a message findable, or findable as it is now, in the transaction that stores it."""
    if message.pruned or not index_all([message]):
        drop([message.id])


def index_all(messages: "Iterable[Message]") -> int:
    """Make them findable, as far as they say something: rows with their conversations. Returns how many do."""
    made = [one for one in map(_document, messages) if one.terms]
    SearchDocument.objects.bulk_create(
        made,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["message"],
        update_fields=["terms"],
    )
    return len(made)


def _document(message: Message) -> SearchDocument:
    terms = documents.document(documents.place(message), message.text, message.visible_to)
    return SearchDocument(message=message, conversation_id=message.conversation_id, seq=message.seq, terms=terms)


def drop(messages: "list[UUID] | QuerySet[Message]") -> None:
    """They are found no more."""
    SearchDocument.objects.filter(message__in=messages).delete()


def recall(text: str, conversation: UUID, before: int, reader: Reader, most: int, after: int = 0) -> list[Hit]:
    """Messages with numbers below `before` that `reader` may read and that matter to `text`: the best first.

    `after`: the number up to which all were pruned.

    None that is held, deleted or pruned. At most five statements, whatever the length of the conversation.
    """
    stems = sorted(documents.stems(text), key=lambda stem: (-len(stem), stem))[:MOST_ASKED]
    if not stems:
        return []
    asked = Asked(before, _look(Sought(search.Range(conversation, before), after, documents.audiences(reader)), stems))
    rows = visible.messages(conversation, reader).filter(seq__in=asked.candidates(), pruned=False)
    shown = rows.values_list("id", "seq", "role", Left("text", READ), "kind")
    return _ranked(asked, [row[:4] for row in shown if row[4] != "action"])[:most]


def _look(sought: Sought, stems: list[str]) -> dict[str, Found]:
    """Each stem in the first of the stretches that holds enough of it."""
    found: dict[str, Found] = {}
    for stretch in STRETCHES:
        left = [stem for stem in stems if stem not in found]
        if left:
            found |= _within(sought, stretch, left)
    return found


def _within(sought: Sought, stretch: int, stems: list[str]) -> dict[str, Found]:
    """Those stems of which enough was found, or all that there is."""
    conversation, before = sought.within.conversation, sought.within.before
    if stretch == WHOLE:
        listed = search.listed(sought.within, [[sought.words(stem)] for stem in stems], RARE + 1)
        return {stem: sought.found(held, False) for stem, held in zip(stems, listed, strict=True) if len(held) <= RARE}
    near = [documents.stretch(conversation, seq, stretch) for seq in (before, before - stretch) if seq >= 0]
    listed = search.listed(sought.within, [[sought.words(stem), near] for stem in stems], NEWEST, newest=True)
    last = before < stretch or stretch == STRETCHES[-1]
    held = {stem: one for stem, one in zip(stems, listed, strict=True) if last or len(one) == NEWEST}
    return {stem: sought.found(one, True) for stem, one in held.items()}


def _estimate(before: int, held: dict[UUID, int]) -> float:
    """In how many messages a stem is, as often as it is in the newest ones."""
    return len(held) * before / max(1, before - min(held.values())) if held else 0.0


def _ranked(asked: Asked, rows: list[Any]) -> list[Hit]:
    """Best first, newest first among equals, each text once."""
    scored = list[tuple[float, Hit]]()
    for id, seq, role, text in rows:
        terms = words.terms(text)
        held = tuple(sorted(terms & asked.found.keys()))
        hit = Hit(id, seq, round(asked.share(held), 3), held)
        if hit.score >= SHARE:
            scored.append((hit.score * _clarity(role, text, len(terms)), hit))
    scored.sort(key=lambda one: (-one[0], -one[1].seq))
    texts = {id: " ".join(text.casefold().split()) for id, _seq, _role, text in rows}
    once = {texts[hit.message]: hit for _score, hit in reversed(scored)}
    return [hit for _score, hit in scored if once[texts[hit.message]] is hit]


def _clarity(role: str, text: str, length: int) -> float:
    asks = QUESTION_WORTH if text.rstrip().endswith(QUESTION_MARKS) else 1.0
    told = ANSWER_WORTH if role == MessageRole.ASSISTANT else 1.0
    return asks * told * HALF_WORTH / (HALF_WORTH + length)
