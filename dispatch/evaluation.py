"""Findings that were judged, as rows that filters are measured with; and who may read what a finding quotes."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse

from contexts.models import Conversation, Message, MessageStatus
from dispatch import submissions
from security.material import Material, Stage
from security.models import User
from security.screening_models import KeptFinding
from security.verdicts import RIGHT

SOURCE: Final = "verdicts"
ROWS: Final = 500
MOST_BYTES: Final = 8 * 1024 * 1024
STAFF_ALONE: Final = (MessageStatus.QUARANTINED, MessageStatus.REJECTED)


@dataclass(frozen=True)
class Page:
    """JSON lines. `next`: after which finding to go on, None at the end."""

    lines: bytes
    next: UUID | None


@dataclass(frozen=True)
class Readable:
    """What of these findings' texts a user may read."""

    staff: bool
    messages: frozenset[UUID]
    deleted: frozenset[UUID]

    def quotes(self, finding: KeptFinding) -> bool:
        """Whether the user may see its evidence. Of answers that were kept back nobody knows who was to see them."""
        if finding.message is None:
            return finding.conversation not in self.deleted and (self.staff or finding.stage == Stage.INTAKE)
        return finding.message in self.messages


def readable(user: User, findings: Collection[KeptFinding]) -> Readable:
    rows = _there({finding.message for finding in findings if finding.message}).filter(user.reader.rows)
    if not user.is_staff:
        rows = rows.exclude(status__in=STAFF_ALONE)
    return Readable(user.is_staff, frozenset(rows.values_list("id", flat=True)), _deleted(findings))


def part(after: UUID | None) -> Page:
    """As many pages as one file holds."""
    lines, size, rest = list[bytes](), 0, after
    while True:
        found = page(rest)
        lines.append(found.lines)
        size, rest = size + len(found.lines), found.next
        if rest is None or size > MOST_BYTES:
            break
    return Page(b"".join(lines), rest)


def download(path: str, held: Page) -> HttpResponse:
    """`Link: rel=next` tells where the rest begins."""
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="verdicts.jsonl"'}
    if held.next:
        headers["Link"] = f'<{path}?after={held.next}>; rel="next"'
    return HttpResponse(held.lines, content_type="application/jsonl", headers=headers)


def page(after: UUID | None) -> Page:
    judged = KeptFinding.objects.filter(verdict__gt="").order_by("id")
    rows = list((judged.filter(id__gt=after) if after else judged)[: ROWS + 1])
    lines, size, last = list[bytes](), 0, None
    for finding, line in _lines(rows[:ROWS]):
        if size > MOST_BYTES:
            return Page(b"".join(lines), last)
        lines.append(line)
        size, last = size + len(line), finding.id
    return Page(b"".join(lines), rows[ROWS - 1].id if len(rows) > ROWS else None)


def _there(ids: Collection[UUID]) -> QuerySet[Message]:
    """Messages, without those whose text is gone because somebody deleted it."""
    return Message.objects.filter(id__in=ids, conversation__deleted_at=None).exclude(status=MessageStatus.DELETED)


def _deleted(findings: Iterable[KeptFinding]) -> frozenset[UUID]:
    """Of those that are about no message: their conversations that are gone."""
    named = {finding.conversation for finding in findings if finding.message is None and finding.conversation}
    there = Conversation.objects.filter(id__in=named, deleted_at=None) if named else Conversation.objects.none()
    return frozenset(named - set(there.values_list("id", flat=True)))


def _lines(findings: list[KeptFinding]) -> Iterator[tuple[KeptFinding, bytes]]:
    """Message by message: each may be long. The findings of one were written down together."""
    deleted = _deleted(findings)
    for id, found in groupby(findings, key=lambda finding: finding.message):
        message = _there([id]).first() if id else None
        texts = _sent(message) if message else {}
        for finding in found:
            if message or (id is None and finding.conversation not in deleted):
                row = _row(finding, texts.get(finding.path, ""))
                yield finding, orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _row(finding: KeptFinding, text: str) -> dict[str, Any]:
    """Of what was kept nowhere, the evidence is all there is. Spans are of the text that the row holds."""
    right = finding.verdict == RIGHT
    return {
        "text": text or finding.evidence,
        "label": int(right),
        "source": SOURCE,
        "family": finding.filter,
        "rule": finding.rule,
        "spans": [[finding.rule, finding.start, finding.end]] if right and text else [],
    }


def _sent(message: Message) -> dict[str, str]:
    """Its texts by path, as they were sent, whatever is shown instead."""
    sent = message.original or {"text": message.text, "parts": message.parts, "metadata": message.metadata}
    material = Material(sent["text"], tuple(sent["parts"]), metadata=submissions.unsteering(sent["metadata"]))
    return {piece.path: piece.text for piece in material.pieces}
