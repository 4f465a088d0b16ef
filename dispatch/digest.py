"""The expert `summary`: what a conversation comes to, in sentences that were said, for all who see the result.

What is folded is told by the lines of its parts, what is not by its messages: so a long conversation costs little more
than a short one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from contexts import entities, relevance, sentences, summaries, visible, words
from contexts.context import EntityView
from contexts.models import Conversation, Message
from contexts.sentences import Line
from dispatch import askers, digest_words
from dispatch.digest_words import Digest, Person
from dispatch.research import QUOTING
from integrations.contract import Rejection, Result, Task
from project.readers import Reader

MOST_READ: Final = 300  # messages
MOST_RECALLED: Final = 20
MOST_DECISIONS: Final = 5
GONE: Final = "Who asked may not read this conversation any more."
REQUEST: Final = words.terms(
    "summary summaries summarize summarise summarizing summarising sum recap overview digest brief short shortly topic"
    " discussion thread whole entire focus"
)
DECIDED: Final = re.compile(
    r"\b(?:decided?|decision|agreed?|approved?|confirmed?|chosen?|chose|settled|deadline|due (?:on|by|in)|go with"
    r"|went with)\b",
    re.IGNORECASE,
)
Rows = QuerySet[Message]


@dataclass(frozen=True)
class Wanted:
    """Which messages, and what about. `rows`: all of those that may be told of. `last`: None for all of them."""

    conversation: Conversation
    reader: Reader
    rows: Rows
    last: int | None
    focus: frozenset[str]
    text: str


def answer(task: Task) -> Result | Rejection:
    sight = askers.sight(task)
    conversation = sight.conversations.filter(id=task.conversation).first()
    if conversation is None:
        return Rejection(GONE)
    text = task.input.get("text", "")
    rows = visible.messages(conversation.id, sight.reader).filter(visible.apart_from({*QUOTING, task.expert}))
    rows = rows.exclude(kind="action").exclude(expires_at__lte=timezone.now())
    focus = words.terms(text) - REQUEST
    made = _made(Wanted(conversation, sight.reader, rows, task.input.get("last"), focus, text))
    return Result(digest_words.as_json(made), digest_words.written(made))


def _made(wanted: Wanted) -> Digest:
    newest = list(wanted.rows.order_by("-seq")[: wanted.last or MOST_READ])
    first = newest[-1].seq if newest and wanted.last else 0
    lines = sorted(_lines(wanted, newest), key=lambda line: line.seq)
    about = [line for line in lines if wanted.focus & words.terms(line.text)] if wanted.focus else lines
    people, spans = _people(wanted.rows.filter(seq__gte=first))
    return Digest(
        title=wanted.conversation.title,
        lines=sentences.best(about) if wanted.focus and about else _balanced(lines, newest),
        decisions=tuple([line for line in about or lines if DECIDED.search(line.text)][-MOST_DECISIONS:]),
        people=people,
        entities=_entities(wanted.conversation, first),
        first_seq=min((span[0] for span in spans), default=0),
        last_seq=max((span[1] for span in spans), default=0),
        missed=bool(wanted.focus) and not about,
    )


def _balanced(lines: list[Line], newest: list[Message]) -> tuple[Line, ...]:
    """Half of what is told is older than the messages that were read, where there is anything older."""
    oldest = newest[-1].seq if newest else 0
    older = _heaviest(sentences.best(line for line in lines if line.seq < oldest), sentences.MOST // 2)
    newer = sentences.best(line for line in lines if line.seq >= oldest)
    return tuple(sorted([*older, *_heaviest(newer, sentences.MOST - len(older))], key=lambda line: line.seq))


def _heaviest(lines: Iterable[Line], most: int) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.weight, line.seq))[:most]


def _lines(wanted: Wanted, newest: list[Message]) -> Iterator[Line]:
    """Sentences of the newest messages, and of those that the focus brings back; lines of what is folded before."""
    oldest = newest[-1].seq if newest else 0
    for message in newest:
        yield from _of(message)
    if wanted.last is None:
        for part in summaries.tops(wanted.conversation):
            yield from (line for line in part.lines if line.seq < oldest)
        yield from _recalled(wanted, oldest)


def _recalled(wanted: Wanted, oldest: int) -> Iterator[Line]:
    if wanted.focus and oldest:
        hits = relevance.recall(wanted.text, wanted.conversation.id, oldest, wanted.reader, MOST_RECALLED)
        for message in wanted.rows.filter(seq__in=[hit.seq for hit in hits]):
            yield from _of(message)


def _of(message: Message) -> Iterator[Line]:
    """What ends is in no summary."""
    if message.expires_at is None:
        author = message.author.username if message.author else message.role
        yield from sentences.of_message(message.seq, author, message.role, message.text)


def _people(rows: Rows) -> tuple[tuple[Person, ...], list[tuple[int, int]]]:
    """Who wrote how many, most first, and the numbers between which each did."""
    groups: Any = rows.order_by().values_list("author__username", "role")
    found = [
        (Person(name or role, count), (first, last))
        for name, role, count, first, last in groups.annotate(Count("id"), Min("seq"), Max("seq"))
    ]
    found.sort(key=lambda one: (-one[0].messages, one[0].name))
    return tuple(person for person, _ in found), [span for _, span in found]


def _entities(conversation: Conversation, first: int) -> tuple[EntityView, ...]:
    """Those that were named from number `first` on. They come from what everybody may read."""
    known = entities.of(conversation.id)
    if not first:
        return known
    here = Message.objects.filter(conversation=conversation, seq__gte=first, mentions__entity__in=[e.id for e in known])
    named = set(here.values_list("mentions__entity", flat=True))
    return tuple(entity for entity in known if entity.id in named)
