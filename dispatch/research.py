"""The expert `research`: full-text search in what was said in a workspace, for one who may read it.

Its result is read by others than its asker: unless it is for the asker alone, what not everybody may read is no hit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Sum
from django.db.models.functions import Left

from contexts import archive, words
from contexts.archive import Asked
from contexts.documents import READ
from contexts.models import Message
from contexts.postings import Scope
from dispatch import askers, citations, hits, research_shapes
from dispatch.askers import Sight
from dispatch.hits import Said
from integrations.contract import Rejection, Result, Task

RANKED: Final = 100  # messages that are read
QUOTING: Final = ("research", "summary")  # experts that only repeat what was said elsewhere
GONE: Final = "Who asked may not read this workspace any more."


class Unreadable(ValueError):
    """A time or an id that is none. The text says which."""


@dataclass(frozen=True)
class Wanted:
    """What a task asks for."""

    text: str
    limit: int
    scope: Scope


def answer(task: Task) -> Result | Rejection:
    sight = askers.sight(task)
    if not sight.conversations.exists():
        return Rejection(GONE)
    try:
        wanted = read(task)
    except Unreadable as error:
        return Rejection(str(error))
    found, searched = look(wanted, sight, {*QUOTING, task.expert})
    output = {"hits": [citations.as_json(one) for one in found], "searched": searched}
    return Result(output, citations.written(found, searched))


def read(task: Task) -> Wanted:
    """:raises Unreadable: for a time or an id that is none."""
    given = task.input
    conversation = given.get("conversation")
    scope = Scope(task.workspace, _id(conversation), _moment(given.get("since")), _moment(given.get("until")))
    return Wanted(given["text"][:READ], given.get("limit", research_shapes.USUAL), scope)


def look(wanted: Wanted, sight: Sight, beside: set[str]) -> tuple[list[hits.Hit], int]:
    """The best ones, and how many messages there were to search. Of a conversation that is not seen there are none."""
    scope = wanted.scope
    seen = sight.conversations.filter(id=scope.conversation) if scope.conversation else sight.conversations
    searched = _count(sight, seen)
    stems = list(dict.fromkeys(words.sequence(wanted.text)))
    asked = archive.ask(scope, sight.reader, stems, searched, tuple(sorted(beside)))
    said = _said(asked, seen, archive.search(asked)) if searched else []
    return hits.ranked(asked, wanted.text, said)[: wanted.limit], searched


def _count(sight: Sight, seen: Any) -> int:
    told = seen.aggregate(count=Sum(F("message_count") - F("private_count")))["count"] or 0
    private = Message.objects.filter(sight.reader.rows, conversation__in=seen, visible_to__gt="")
    return int(told) + (private.count() if sight.reader.user or sight.reader.staff else 0)


def _said(asked: Asked, seen: Any, found: list[int]) -> list[Said]:
    """The first of them that may be shown, as many as are ranked by what they say."""
    said = list[Said]()
    for first in range(0, len(found), RANKED):
        if len(said) < RANKED:
            rows = list(_rows(asked, found[first : first + RANKED]))
            readable = set(seen.filter(id__in={row.conversation_id for row in rows}).values_list("id", flat=True))
            said += [_told(row) for row in rows if row.conversation_id in readable]
    return said


def _rows(asked: Asked, found: list[int]) -> Iterator[Any]:
    rows = archive.shown(asked, found).select_related("conversation", "author")
    fields = ("role", "created_at", "conversation__title", "author__username")
    yield from rows.annotate(beginning=Left("text", READ)).only(*fields)


def _told(row: Any) -> Said:
    return Said(
        message=row.id,
        conversation=row.conversation_id,
        title=row.conversation.title,
        role=row.role,
        author=row.author.username if row.author else row.role,
        created_at=row.created_at,
        text=row.beginning,
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{text!r} is no time; one is written 2026-05-01 or 2026-05-01T09:30:00Z.") from error


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no id of a conversation.") from error
