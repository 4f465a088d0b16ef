"""What a rule would have found: it is tried over the newest messages, which it does not change.

Messages are read as they are shown to who asks. Were they read as they were sent, anybody could find out what was
masked or said in private, a letter at a time.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from contexts.models import Message, MessageRole, MessageStatus
from dispatch import submissions
from dispatch.evaluation import STAFF_ALONE
from project.errors import SwitchboardError
from project.readers import Reader
from security import findings, rulebook, screening
from security.material import Material, Stage
from security.rulebook import Entry
from security.screening import Finding, Verdict
from security.screening_models import KeptFinding, Rule
from security.verdicts import RIGHT, WRONG

USUAL: Final = 1000
MOST: Final = 10_000
SECONDS: Final = 5.0
BATCH: Final = 20  # messages read at a time; each may be long
EXAMPLES: Final = 20
MOST_FINDINGS: Final = 10_000  # the newest ones: by them a hit is thought right or wrong


@dataclass(frozen=True)
class Example:
    """A message that the rule finds. `likely_false`: see `_Past.doubts`."""

    message: UUID
    conversation: UUID
    role: str
    created_at: datetime
    evidence: str
    likely_false: bool

    @property
    def short(self) -> str:
        return str(self.message)[-8:]


@dataclass(frozen=True)
class Trial:
    """`looked_at`: of `wanted`, as far as the time went; `read`: those that it is for. Milliseconds: the rule's."""

    wanted: int
    looked_at: int
    complete: bool
    read: int
    hits: int
    share: float
    by_role: dict[str, int]
    ms_median: float
    ms_p99: float
    likely_false: int
    called_wrong: int
    examples: list[Example]


@dataclass(frozen=True)
class _Hit:
    message: UUID
    author: UUID | None
    role: str


@dataclass
class _Tally:
    looked_at: int = 0
    seconds: list[float] = field(default_factory=list)
    hits: list[_Hit] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def tried(reader: Reader, rule: Rule, wanted: int = USUAL, seconds: float = SECONDS) -> Trial:
    """`rule` may be saved nowhere. Without a workspace it meets the messages of all: who asks is staff."""
    ends, entry, tally, past = time.monotonic() + seconds, rulebook.entry_of(rule), _Tally(), _Past(rule)
    ids = list(_readable(reader, rule.workspace_id).order_by("-pk").values_list("pk", flat=True)[:wanted])
    for message in _read(ids):
        if time.monotonic() > ends:
            break
        _look(entry, message, tally, past)
    doubted = {hit.message for hit in tally.hits if past.doubts(hit)}
    spent = sorted(second * 1000 for second in tally.seconds) or [0.0]
    return Trial(
        wanted=wanted,
        looked_at=tally.looked_at,
        complete=tally.looked_at == len(ids),
        read=len(tally.seconds),
        hits=len(tally.hits),
        share=round(len(tally.hits) / max(len(tally.seconds), 1), 4),
        by_role=dict(Counter(hit.role for hit in tally.hits)),
        ms_median=round(median(spent), 4),
        ms_p99=round(spent[int(len(spent) * 0.99)], 4),
        likely_false=len(doubted),
        called_wrong=sum(hit.message in past.wrong for hit in tally.hits),
        examples=tally.examples,
    )


def _readable(reader: Reader, workspace: UUID | None) -> QuerySet[Message]:
    rows = Message.objects.filter(reader.rows, conversation__deleted_at=None).exclude(status=MessageStatus.DELETED)
    if not reader.staff:
        rows = rows.exclude(status__in=STAFF_ALONE)
    return rows.filter(conversation__workspace=workspace) if workspace else rows


def _read(ids: list[UUID]) -> Iterator[Message]:
    """Newest first, a few at a time."""
    rows = Message.objects.select_related("conversation").defer("original", "key", "digest").order_by("-pk")
    for first in range(0, len(ids), BATCH):
        yield from rows.filter(pk__in=ids[first : first + BATCH])


def _look(entry: Entry, message: Message, tally: _Tally, past: "_Past") -> None:
    """An example is made at once, within the time that all have: every filter reads it."""
    tally.looked_at += 1
    material = _material(message)
    if not entry.takes(material):
        return
    rulebook.texts(material)  # every filter needs these: they are no cost of the rule
    began = time.perf_counter()
    hit = any(entry.spans(material))
    tally.seconds.append(time.perf_counter() - began)
    if not hit:
        return
    tally.hits.append(_Hit(message.pk, message.author_id, message.role))
    if len(tally.examples) < EXAMPLES:
        tally.examples.append(_example(entry, message, material, past.doubts(tally.hits[-1])))


def _material(message: Message) -> Material:
    return Material(
        message.text,
        tuple(message.parts),
        message.author_id,
        message.conversation.workspace_id,
        submissions.unsteering(message.metadata),
        message.kind,
        Stage.INTAKE if message.role == MessageRole.USER else Stage.ANSWER,
    )


class _Past:
    """What other filters, and staff, have said of messages and their authors, as far as `MOST_FINDINGS` tell."""

    def __init__(self, rule: Rule) -> None:
        kept = KeptFinding.objects.filter(workspace=rule.workspace_id) if rule.workspace_id else KeptFinding.objects
        asked = kept.order_by("-pk").values_list("message", "author", "rule_row", "verdict")
        rows: list[tuple[Any, ...]] = list(asked[:MOST_FINDINGS])
        own = [row for row in rows if row[2] == rule.pk]
        others = [row for row in rows if row[2] != rule.pk and row[3] != WRONG]
        self.wrong = {message for message, _, _, verdict in own if verdict == WRONG}
        self.right = {message for message, _, _, verdict in own if verdict == RIGHT}
        self.found = {message for message, *_ in others}
        self.authors = {author for _, author, _, _ in others if author}

    def doubts(self, hit: _Hit) -> bool:
        """Staff called it wrong; or nothing else was found in the message, and never anything of its author."""
        if hit.message in self.wrong or hit.message in self.right:
            return hit.message in self.wrong
        return hit.message not in self.found and hit.author not in self.authors


def _example(entry: Entry, message: Message, material: Material, likely_false: bool) -> Example:
    span = next(entry.spans(material), (0, 0))  # where its budget is over this time
    own = Finding(entry.name, span, "low")
    try:
        verdict = screening.screen(material)
        shown = findings.evidence(own, verdict, material)
    except SwitchboardError:  # a filter that refuses or breaks leaves nobody who knows what is to be masked
        verdict, shown = Verdict(), ""
    return Example(message.pk, message.conversation_id, message.role, message.created_at, shown, likely_false)
