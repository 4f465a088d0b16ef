"""Folding: what has left everybody's window becomes parts of the summary, in the background.

A part is made outside of any transaction. It is written under the lock of the log, if its messages are still what they
were; what changes them later spoils the part in its own transaction, and the part says nothing until it is renewed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from time import monotonic
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce, Left
from django.utils import timezone

from contexts import changes, gathering, limits, sentences, snapshots, summaries, visible
from contexts.knowledge import SummaryPart
from contexts.models import Conversation, Message
from contexts.sentences import Line
from contexts.snapshots import Key
from contexts.summaries import EXTRACTIVE, FANOUT, SPAN
from project import ids, log

ENOUGH: Final = 1.0  # seconds of a call, after which it begins no further transaction
PASS: Final = 5.0  # seconds, after which a pass over conversations goes to no further one
LEAVES: Final = 8  # parts of level 0 that a transaction writes
BATCHES: Final = 4  # transactions of a call
STALE: Final = 64  # parts that a call renews
LATELY: Final = timedelta(minutes=3)
MOST_LATELY: Final = 5000  # messages
LEVELS: Final = 9  # there are no more while `seq` is below four thousand million

LONGEST: Final = 400  # characters of a part in words

Spoken = list[tuple[int, str, str, str, str]]  # seq, author, role, kind, beginning of the text


@dataclass(frozen=True)
class Source:
    """What a part is made from: lines, oldest first. `made_at`: of the part that they are for."""

    part: int
    made_at: datetime
    said: tuple[str, ...]


def fold(conversation_id: UUID) -> list[int]:
    """Make the parts of what has left the window since, some thousand numbers of the log at most, and no further batch
    after a second. Returns their ids.
    """
    made, began = list[int](), monotonic()
    for _ in range(BATCHES):
        batch = _fold(conversation_id)
        made += batch
        if not batch or monotonic() - began >= ENOUGH:
            break
    return made


def fold_lately() -> int:
    """Each that `lately` names, for as long as a pass may take; the next pass goes on. Returns how many parts."""
    began, made = monotonic(), 0
    for id in lately():
        made += len(fold(id))
        if monotonic() - began >= PASS:
            break
    return made


def spoil(conversation: Conversation, seqs: Iterable[int]) -> int:
    """Messages with these numbers change, or go: what sums them up says nothing from now on. Returns how many parts.

    Within the transaction of the change, which raises the version and has locked the log.
    """
    places = {(level, seq // (SPAN * FANOUT**level)) for seq in seqs for level in range(LEVELS)}
    if not places:
        return 0
    parts = SummaryPart.objects.filter(summaries.at(places), conversation=conversation)
    return parts.update(stale=True, lines=[], text="", made_by=EXTRACTIVE)


def renew() -> int:
    """Make stale parts anew, the lowest ones first. Returns how many."""
    stale = SummaryPart.objects.filter(stale=True).order_by("level", "id")
    wanted: dict[UUID, list[int]] = {}
    for conversation, level, number in stale.values_list("conversation", "level", "number")[:STALE]:
        wanted.setdefault(conversation, []).extend([number] if level == 0 else [])
    return sum(
        _renew(conversation, numbers[start : start + LEAVES])
        for conversation, numbers in wanted.items()
        for start in range(0, max(1, len(numbers)), LEAVES)
    )


def lately() -> list[UUID]:
    """Conversations in which something was said within `LATELY`, as far as they may have something to fold."""
    since = ids.first_at(timezone.now() - LATELY)
    rows = Message.objects.filter(id__gte=since).order_by("id").values_list("conversation", "seq")[:MOST_LATELY]
    last = dict(rows)
    known = Conversation.objects.filter(id__in=last, deleted_at=None).values_list("id", "folded_until")
    return [id for id, until in known if last[id] - until > SPAN]


def source(id: int) -> Source | None:
    """Messages for a part of level 0, for another what the eight below it say. None while it is stale."""
    part = SummaryPart.objects.filter(id=id, stale=False).first()
    if part is None:
        return None
    if part.level == 0:
        spoken = _spoken(part.conversation_id, [part.number])
        said = (f"{author}: {text}" for _seq, author, _role, kind, text in spoken if kind != "action" and text)
        return Source(id, part.made_at, tuple(said))
    below = _below(part.conversation_id, part.level, part.number)
    told = ([one.text] if one.text else [f"{line['author']}: {line['text']}" for line in one.lines] for one in below)
    return Source(id, part.made_at, tuple(chain.from_iterable(told)))


def word(conversation: Conversation, source: Source, text: str, by: str) -> None:
    """Keep what a part comes to in the words of `by`, unless the part was changed since `source` was read.

    Within a transaction that has locked the log.
    """
    same = SummaryPart.objects.filter(id=source.part, made_at=source.made_at, stale=False)
    if same.update(text=sentences.cut(text, LONGEST), made_by=by):
        changes.change(conversation, _about(conversation), {"summary": 1}, parts=summaries.tops(conversation))


def _fold(conversation_id: UUID) -> list[int]:
    rows = Conversation.objects.select_related("workspace__context_policy")
    conversation = rows.filter(id=conversation_id, deleted_at=None).first()
    if conversation is None or not limits.of(conversation).summary:
        return []
    first = (conversation.folded_until + 1) // SPAN
    numbers = range(first, min(first + LEAVES, _edge(conversation) // SPAN))
    spoken = _spoken(conversation.id, numbers)
    made = [_leaf(conversation.id, number, spoken) for number in numbers]
    with transaction.atomic():
        log.lock(conversation.stream)
        same = rows.filter(id=conversation_id, folded_until=conversation.folded_until).first()
        if not made or same is None or _spoken(conversation.id, numbers) != spoken:
            return []
        same.folded_until = (numbers[-1] + 1) * SPAN - 1
        same.save(update_fields=["folded_until"])
        written = _write(made) + _above(conversation.id, 0, numbers)
        changes.change(same, _about(same), {"summary": len(written)}, parts=summaries.tops(same))
    return written


def _edge(conversation: Conversation) -> int:
    """The number from which on messages are in snapshots; 0 where there is nothing to fold."""
    head = log.head(conversation.stream)
    if head.seq - conversation.folded_until <= SPAN:
        return 0
    bounds = limits.of(conversation)
    key = Key(conversation.id, head.epoch, conversation.context_version, bounds)
    held = snapshots.glance(key) or gathering.gather(conversation, bounds)
    if held.whole:
        return conversation.pruned_until + 1
    return held.messages[0].seq if held.messages else head.seq + 1


def _renew(conversation_id: UUID, numbers: Sequence[int]) -> int:
    spoken = _spoken(conversation_id, numbers)
    made = [_leaf(conversation_id, number, spoken) for number in numbers]
    conversation = Conversation.objects.select_related("workspace__context_policy").get(id=conversation_id)
    with transaction.atomic():
        log.lock(conversation.stream)
        if _spoken(conversation_id, numbers) != spoken:
            return 0
        above = SummaryPart.objects.filter(conversation=conversation_id, stale=True, level__gt=0)
        written = len(_write(made))
        for level, number in sorted(above.values_list("level", "number")):
            written += len(_write(_merged(conversation_id, level, [number])))
        if written:
            conversation.refresh_from_db(fields=["folded_until"])
            changes.change(conversation, _about(conversation), {"summary": written})
    return written


def _spoken(conversation: UUID, numbers: Sequence[int]) -> Spoken:
    """What everybody may read of these parts of level 0, in order, and what does not end."""
    author, text = Coalesce("author__username", "role"), Left("text", sentences.READ)
    spoken = Spoken()
    for first, last in _runs(numbers):
        rows = visible.messages(conversation).filter(seq__gte=first * SPAN, seq__lt=(last + 1) * SPAN, expires_at=None)
        spoken += rows.order_by("seq").values_list("seq", author, "role", "kind", text)
    return spoken


def _runs(numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The first and the last of those that follow each other: what is between two runs is not read."""
    for _, run in groupby(enumerate(sorted(set(numbers))), lambda one: one[1] - one[0]):
        followed = [number for _, number in run]
        yield followed[0], followed[-1]


def _leaf(conversation: UUID, number: int, spoken: Spoken) -> SummaryPart:
    here = [row for row in spoken if row[0] // SPAN == number]
    said = [(seq, author, role, text) for seq, author, role, kind, text in here if kind != "action"]
    lines = sentences.best(line for one in said for line in sentences.of_message(*one))
    return _part(conversation, 0, number, len(here), lines)


def _above(conversation: UUID, level: int, numbers: Iterable[int]) -> list[int]:
    """The parts of further levels that are complete now."""
    complete = [number // FANOUT for number in numbers if number % FANOUT == FANOUT - 1]
    if not complete:
        return []
    return _write(_merged(conversation, level + 1, complete)) + _above(conversation, level + 1, complete)


def _merged(conversation: UUID, level: int, numbers: Iterable[int]) -> list[SummaryPart]:
    """Of the eight below each; one that is stale makes it stale."""
    merged = list[SummaryPart]()
    for number in numbers:
        parts = _below(conversation, level, number)
        lines = sentences.best(Line(**line) for part in parts for line in part.lines)
        whole = len(parts) == FANOUT
        count = sum(part.count for part in parts)
        merged.append(_part(conversation, level, number, count, lines if whole else (), stale=not whole))
    return merged


def _below(conversation: UUID, level: int, number: int) -> list[SummaryPart]:
    """The eight parts that one covers, without those that are stale."""
    places = summaries.at((level - 1, number * FANOUT + place) for place in range(FANOUT))
    return list(SummaryPart.objects.filter(places, conversation=conversation, stale=False).order_by("number"))


def _part(
    conversation: UUID, level: int, number: int, count: int, lines: Iterable[Line], stale: bool = False
) -> SummaryPart:
    told = [asdict(line) for line in lines]
    return SummaryPart(conversation_id=conversation, level=level, number=number, count=count, lines=told, stale=stale)


def _write(parts: list[SummaryPart]) -> list[int]:
    SummaryPart.objects.bulk_create(
        parts,
        update_conflicts=True,
        unique_fields=["conversation", "level", "number"],
        update_fields=["count", "lines", "text", "made_by", "made_at", "stale"],
    )
    return [part.pk for part in parts]


def _about(conversation: Conversation) -> log.About:
    return log.About(conversation.workspace_id)
