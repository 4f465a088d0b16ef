"""The event log. The owner of a fact appends it inside the transaction that writes the fact; `seq` has no gap.

The first append of a transaction locks the stream's row until commit: a transaction that writes into a conversation
takes this lock before any other, so that writers of one conversation queue up and never deadlock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast, Length
from django.utils import timezone

from project import bus, eventtypes, logs
from project.cursors import Cursor
from project.models import Event, Stream
from project.readers import Reader

PAGE: Final = 200
SYSTEM: Final = {"kind": "system", "id": ""}
WHOLE: Final = Q()
STAFF: Final = "staff"


@dataclass(frozen=True)
class About:
    """What an event concerns, beside its stream. `actor` is `{"kind": user|handler|expert|staff|system, "id": ...}`.

    `visible_to`: empty, or who alone sees it beside staff (`project/readers.py`).
    """

    workspace: UUID | None = None
    run: UUID | None = None
    message: UUID | None = None
    actor: dict[str, str] = field(default_factory=lambda: dict(SYSTEM))
    visible_to: str = ""


@dataclass(frozen=True)
class Head:
    epoch: int
    seq: int

    def cursor(self) -> Cursor:
        return Cursor(self.epoch, self.seq)


def open_stream(stream: str) -> None:
    """Begin a log with a random epoch. Call it in the transaction that creates what the log is about."""
    Stream.objects.create(key=stream)


def open_staff() -> None:
    """Staff's log comes with no row that it is about: who is first to write or to follow opens it."""
    Stream.objects.get_or_create(key=STAFF)


def lock(stream: str) -> Head:
    """Take the stream's row lock for the rest of this transaction, without appending."""
    return _advance(stream, 0)


def append(stream: str, type: str, data: dict[str, Any], about: About | None = None) -> Event:
    """Write one event and ring for it on commit.

    :raises BadEvent: when its type is not declared, or it is not what was declared.
    :raises Stream.DoesNotExist: when the stream was never opened, or is gone.
    """
    return append_all(stream, type, [data], about)[0]


def append_all(stream: str, type: str, datas: Sequence[dict[str, Any]], about: About | None = None) -> list[Event]:
    """Several of one type, for the price of one. It raises what `append` raises."""
    for data in datas:
        eventtypes.check(stream, type, data)
    about = about or About()
    head, now = _advance(stream, len(datas)), timezone.now()
    events = [
        Event(
            stream_id=stream,
            seq=head.seq - len(datas) + number,
            type=type,
            time=now,
            workspace=about.workspace,
            run=about.run,
            message=about.message,
            actor=about.actor,
            request_id=logs.request_id(),
            visible_to=about.visible_to,
            data=data,
        )
        for number, data in enumerate(datas, start=1)
    ]
    Event.objects.bulk_create(events)
    topic, _, id = stream.partition(":")
    transaction.on_commit(partial(bus.ring, topic, id))
    return events


def head(stream: str) -> Head:
    """:raises Stream.DoesNotExist: when there is no such stream."""
    row = Stream.objects.only("epoch", "head").get(key=stream)
    return Head(row.epoch, row.head)


def epoch(stream: str) -> "QuerySet[Stream, Any]":
    """For a subquery."""
    return Stream.objects.filter(key=stream).values("epoch")


def heads(streams: Sequence[str]) -> dict[str, Head]:
    rows = Stream.objects.filter(key__in=streams).only("epoch", "head")
    return {row.key: Head(row.epoch, row.head) for row in rows}


def floor(stream: str) -> int:
    """The oldest `seq` after which every row is there: 0, unless the log was pruned."""
    oldest = Event.objects.after(stream, 0).values_list("seq", flat=True).first()
    return head(stream).seq if oldest is None else int(oldest) - 1


def read(stream: str, after: int, limit: int = PAGE) -> list[Event]:
    """Events with `seq` above `after`, in order, at most `limit`, whoever may see them."""
    return list(Event.objects.after(stream, after)[:limit])


def sizes(stream: str, after: int, limit: int) -> list[int]:
    """How long the data of each of them is, as text: some rows are large, and those are better read one by one."""
    length = Length(Cast("data", TextField()))
    return list(Event.objects.after(stream, after).values_list(length, flat=True)[:limit])


def shown(stream: str, after: int, limit: int, reader: Reader, part: Q = WHOLE) -> list[Event]:
    """The same, of those that `reader` may see; of a part of the log."""
    return list(Event.objects.after(stream, after).filter(reader.rows, part)[:limit])


def envelope(event: Event, epoch: int) -> dict[str, Any]:
    """The wire form, the same on SSE, WebSocket and in the JSON log (DESIGN.md section 7)."""
    topic, _, id = event.stream_id.partition(":")
    return {
        "id": str(Cursor(epoch, event.seq)),
        "type": event.type,
        "time": wire_time(event.time),
        "stream": event.stream_id,
        "conversation": id if topic == "conversation" else None,
        "workspace": _text(event.workspace),
        "seq": event.seq,
        "run": _text(event.run),
        "message": _text(event.message),
        "actor": event.actor,
        "request_id": event.request_id,
        "data": event.data,
    }


def wire_time(time: Any) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return _rfc3339(time, "milliseconds")


def row_time(time: Any) -> str:
    """The time of a row, exactly as REST shows it: with microseconds."""
    return _rfc3339(time, "microseconds")


def _rfc3339(time: Any, unit: str) -> str:
    return str(time.isoformat(timespec=unit)).replace("+00:00", "Z")


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None


def _advance(stream: str, by: int) -> Head:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("events are written inside the transaction that writes their fact")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE project_stream SET head = head + %s WHERE key = %s RETURNING epoch, head",
            [by, stream],
        )
        row = cursor.fetchone()
    if row is None:
        raise Stream.DoesNotExist(stream)
    return Head(*row)
