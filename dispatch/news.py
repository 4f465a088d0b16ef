"""What the hub reads: the rows of the logs that this process follows, and of their unfinished answers."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet

from dispatch import frames, partials
from dispatch.frames import Frame
from dispatch.models import Run, RunState
from dispatch.wanted import Wanted
from project import log
from project.cursors import Cursor
from project.log import Head
from project.models import Event
from project.readers import Reader

FIRST: Final = 8  # rows that are read unmeasured: most followers lack few
PAGE_BYTES: Final = 64 * 1024
NEWS_BYTES: Final = 512 * 1024
UNREAD: Final = ("decision", "handlers", "findings", "error", "stop_actor")  # large, and nothing for followers


@dataclass(frozen=True)
class News:
    """What the rows say beyond what is known, bounded in bytes. `unread`: logs that may have more.

    `rebuilt`: logs that have another epoch now. `gone`: logs that went on, and of that no row is left.
    """

    events: list[Event]
    unread: list[str]
    unfinished: list[Run]
    rebuilt: list[str]
    gone: list[str]


@dataclass(frozen=True)
class Page:
    """What one follower lacks next, bounded in bytes: it may take long to take it. `more`: there was more to read."""

    frames: deque[Frame]
    more: bool


def page(stream: str, after: Cursor, reader: Reader, wanted: Wanted | None = None) -> Page:
    """What `reader` may not see or does not want is passed over, and counts: it was read."""
    found: deque[Frame] = deque()
    size = 0
    for event in _events(stream, after.seq):
        shown = reader.sees(event.visible_to) and (wanted is None or event.type in wanted)
        frame = frames.durable(event, after.epoch) if shown else frames.passed(event.seq)
        found.append(frame)
        size += len(frame.payload)
        if size > PAGE_BYTES:
            return Page(found, more=True)
    return Page(found, more=len(found) == log.PAGE)


def opening(stream: str) -> tuple[Head, list[Run]]:
    """The head first: a run that starts after it is told by an event above it."""
    head = log.head(stream)
    topic, _, id = stream.partition(":")
    if topic != "conversation":
        return head, []
    return head, partials.filled(_unfinished().filter(conversation_id=id))


def since(known: dict[str, Cursor], runs: list[UUID]) -> News:
    heads = log.heads(list(known))
    rebuilt = [key for key, head in heads.items() if head.epoch != known[key].epoch]
    moved = [key for key, head in heads.items() if key not in rebuilt and head.seq > known[key].seq]
    events, unread = _read({key: known[key].seq for key in moved})
    gone = set(moved) - set(unread) - {event.stream_id for event in events}
    unfinished = _unfinished().filter(id__in=runs) if runs else []
    return News(events, unread, partials.filled(unfinished), rebuilt, sorted(gone))


def _read(logs: dict[str, int]) -> tuple[list[Event], list[str]]:
    """What comes after `seq` in each log, and the logs that were not read to their end."""
    found: list[Event] = []
    unread, size = [], 0
    for stream, seq in logs.items():
        begun = len(found)
        for event in _events(stream, seq) if size < NEWS_BYTES else ():
            found.append(event)
            size += len(orjson.dumps(event.data))
            if size >= NEWS_BYTES:
                break
        if size >= NEWS_BYTES or len(found) - begun == log.PAGE:
            unread.append(stream)
    return found, unread


def _events(stream: str, after: int) -> Iterator[Event]:
    """At most `log.PAGE`, in order; read as they are asked for, and few at a time where they are large."""
    events = log.read(stream, after, FIRST)
    yield from events
    if len(events) < FIRST:
        return
    for count in _portions(log.sizes(stream, events[-1].seq, log.PAGE - FIRST)):
        events = log.read(stream, events[-1].seq, count)
        yield from events
        if len(events) < count:  # rows went meanwhile
            return


def _portions(sizes: list[int]) -> Iterator[int]:
    """How many rows to read in one go, each time: as many as PAGE_BYTES hold, and one at least."""
    count = size = 0
    for more in sizes:
        if count and size + more > PAGE_BYTES:
            yield count
            count = size = 0
        count, size = count + 1, size + more
    if count:
        yield count


def _unfinished() -> QuerySet[Run]:
    """Those that are answered now, and those that have begun and wait for an expert, or for their turn after that."""
    open = Run.objects.filter(state__in=[RunState.RUNNING, RunState.WAITING, RunState.QUEUED])
    return open.filter(Q(state=RunState.RUNNING) | Q(partial__gt="")).select_related("conversation").defer(*UNREAD)
