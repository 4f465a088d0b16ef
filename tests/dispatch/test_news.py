"""What the hub reads in one go is bounded in bytes, and what it left is read next."""

import pytest
from django.db import transaction

from dispatch import news
from dispatch.news import NEWS_BYTES
from project import log
from project.cursors import Cursor
from project.models import Stream
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
