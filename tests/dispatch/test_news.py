"""What the hub reads in one go is bounded in bytes, and what it left is read next."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from dispatch import news
from dispatch.news import FIRST, NEWS_BYTES
from project import log
from project.cursors import Cursor
from project.models import Stream
from project.readers import EVERYBODY
from tests.declared import declared

pytestmark = pytest.mark.django_db

LARGE = "x" * (NEWS_BYTES // 5)
EVENTS = 12


@pytest.fixture
def heads() -> dict[str, Cursor]:
    """Three logs of large events, of which nothing has been read."""
    streams = [f"workspace:{number:032x}" for number in range(3)]
    with declared("test.said"), transaction.atomic():
        for stream in streams:
            log.open_stream(stream)
            for _ in range(EVENTS):
                log.append(stream, "test.said", {"text": LARGE})
    return {stream: Cursor(row.epoch, 0) for stream, row in Stream.objects.in_bulk(streams).items()}


def test_much_that_is_new_is_read_a_part_at_a_time(heads: dict[str, Cursor]) -> None:
    seen: dict[str, list[int]] = {stream: [] for stream in heads}
    found = news.since(heads, [])

    while found.events:
        assert len(found.events) <= 5
        for event in found.events:
            seen[event.stream_id].append(event.seq)
            heads[event.stream_id] = Cursor(heads[event.stream_id].epoch, event.seq)
        assert set(found.unread) >= {stream for stream in heads if len(seen[stream]) < EVENTS}
        found = news.since(heads, [])

    assert list(seen.values()) == [list(range(1, EVENTS + 1))] * 3
    assert found.unread == []


@pytest.fixture
def turning_large() -> dict[str, Cursor]:
    """A log of small events at first, and of large ones after them: 20 MB."""
    stream = f"workspace:{0:032x}"
    with declared("test.said"), transaction.atomic():
        log.open_stream(stream)
        for size in [1] * 5 * FIRST + [settings.BODY_LIMIT // 4] * 10 * FIRST:
            log.append(stream, "test.said", {"text": "x" * size})
    return {stream: Cursor(log.head(stream).epoch, 0)}


def test_rows_that_turn_large_are_not_loaded_together(turning_large: dict[str, Cursor]) -> None:
    [(stream, cursor)] = turning_large.items()
    reads: list[Callable[[], Any]] = [
        lambda: news.since(turning_large, []),
        lambda: news.page(stream, cursor, EVERYBODY),
        lambda: news.page(stream, cursor, EVERYBODY, wanted=frozenset()),
    ]

    assert [peak(read) < FIRST * settings.BODY_LIMIT for read in reads] == [True, True, True]


def peak(work: Callable[[], Any]) -> int:
    """How many bytes it holds at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
