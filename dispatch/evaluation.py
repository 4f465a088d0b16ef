"""Findings that were judged, as rows that filters are measured with; and who may read what a finding quotes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse

from contexts.models import Message, MessageStatus
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

    def quotes(self, finding: KeptFinding) -> bool:
        """Whether the user may see its evidence. Of answers that were kept back nobody knows who was to see them."""
        if finding.message is None:
            return self.staff or finding.stage == Stage.INTAKE
        return finding.message in self.messages


def readable(user: User, findings: Iterable[KeptFinding]) -> Readable:
    rows = _present(findings).filter(user.reader.rows)
    if not user.is_staff:
        rows = rows.exclude(status__in=STAFF_ALONE)
    return Readable(user.is_staff, frozenset(rows.values_list("id", flat=True)))


def download(path: str, after: UUID | None) -> HttpResponse:
    """As many pages as fit; `Link: rel=next` tells where the rest begins."""
    lines, size, rest = list[bytes](), 0, after
    while True:
        found = page(rest)
        lines.append(found.lines)
        size, rest = size + len(found.lines), found.next
        if rest is None or size > MOST_BYTES:
            break
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="verdicts.jsonl"'}
    if rest:
        headers["Link"] = f'<{path}?after={rest}>; rel="next"'
    return HttpResponse(b"".join(lines), content_type="application/jsonl", headers=headers)


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


def _present(findings: Iterable[KeptFinding]) -> QuerySet[Message]:
    """Their messages, without those whose text is gone because somebody deleted it."""
    named = {finding.message for finding in findings if finding.message}
    return Message.objects.filter(id__in=named, conversation__deleted_at=None).exclude(status=MessageStatus.DELETED)


def _lines(findings: list[KeptFinding]) -> Iterator[tuple[KeptFinding, bytes]]:
    messages = {message.id: message for message in _present(findings)}
    for finding in findings:
        if finding.message is None or finding.message in messages:
            row = _row(finding, messages.get(finding.message) if finding.message else None)
            yield finding, orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _row(finding: KeptFinding, message: Message | None) -> dict[str, Any]:
    """Of what was kept nowhere, the evidence is all there is. Spans are of the text that the row holds."""
    text = _sent(message, finding.path) if message else ""
    right = finding.verdict == RIGHT
    return {
        "text": text or finding.evidence,
        "label": int(right),
        "source": SOURCE,
        "family": finding.filter,
        "rule": finding.rule,
        "spans": [[finding.rule, finding.start, finding.end]] if right and text else [],
    }


def _sent(message: Message, path: str) -> str:
    """The text at `path` as it was sent, whatever is shown instead."""
    sent = message.original or {"text": message.text, "parts": message.parts, "metadata": message.metadata}
    material = Material(sent["text"], tuple(sent["parts"]), metadata=sent["metadata"])
    return next((piece.text for piece in material.pieces if piece.path == path), "")
