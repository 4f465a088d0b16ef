"""The event log: facts are numbered without a gap, in the transaction that writes them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from project import bus, log, logs
from project.models import Event, Stream
from tests.declared import declared
from tests.threads import at_once


@pytest.fixture(autouse=True)
def types():
    with declared("test.said", "test.lost", "test.kept"):
        yield


@pytest.fixture
def stream(db):
    key = f"conversation:{uuid4()}"
    log.open_stream(key)
    return key


def test_the_first_event_of_a_log_is_number_one(stream):
    with transaction.atomic():
        seqs = [log.append(stream, "test.said", {"n": n}).seq for n in range(3)]

    assert seqs == [1, 2, 3]
    assert log.head(stream).seq == 3


def test_each_log_counts_by_itself_under_an_epoch_of_its_own(stream):
    other = f"workspace:{uuid4()}"
    log.open_stream(other)
    with transaction.atomic():
        log.append(stream, "test.said", {})
        log.append(other, "test.said", {})

    heads = log.heads([stream, other])

    assert [head.seq for head in heads.values()] == [1, 1]
    assert heads[stream].epoch != heads[other].epoch


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    log.open_stream("staff")

    with pytest.raises(transaction.TransactionManagementError):
        log.append("staff", "test.said", {})

    assert log.head("staff").seq == 0


def test_a_log_that_was_never_opened_takes_nothing(db):
    with transaction.atomic(), pytest.raises(Stream.DoesNotExist):
        log.append("conversation:none", "test.said", {})


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_leaves_no_event_and_no_gap():
    log.open_stream("staff")
    with transaction.atomic():
        log.append("staff", "test.lost", {})
        transaction.set_rollback(True)

    with transaction.atomic():
        kept = log.append("staff", "test.kept", {})

    assert kept.seq == 1
    assert [event.type for event in log.read("staff", 0)] == ["test.kept"]


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_leave_no_gap():
    log.open_stream("staff")
    wrote: list[list[int]] = at_once([lambda: write(25)] * 8)

    events = log.read("staff", 0, 1000)

    assert [event.seq for event in events] == list(range(1, 201))
    assert sorted(seq for seqs in wrote for seq in seqs) == list(range(1, 201))
    assert all(seqs == sorted(seqs) for seqs in wrote)


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_sees_a_number_before_those_below_it():
    log.open_stream("staff")

    *_, seen = at_once([*[lambda: write(25)] * 4, lambda: watch(100)])

    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in seen)
    assert len(seen[-1]) == 100


def write(count):
    seqs = []
    for _ in range(count):
        with transaction.atomic():
            seqs.append(log.append("staff", "test.said", {}).seq)
    return seqs


def watch(count):
    """What a reader sees, again and again, until there are `count` events."""
    seen: list[list[int]] = [[]]
    while len(seen[-1]) < count:
        seen.append([event.seq for event in log.read("staff", 0, 1000)])
    return seen


def test_a_reader_gets_what_is_after_its_place_in_order(stream):
    with transaction.atomic():
        for n in range(5):
            log.append(stream, "test.said", {"n": n})

    assert [event.seq for event in log.read(stream, 2)] == [3, 4, 5]
    assert [event.seq for event in log.read(stream, 2, limit=2)] == [3, 4]


@pytest.mark.django_db(transaction=True)
def test_followers_are_woken_on_commit_and_not_before():
    heard: list[str] = []
    bus.on("staff", heard.append)
    log.open_stream("staff")

    with transaction.atomic():
        log.append("staff", "test.said", {})
        before = list(heard)

    assert (before, heard) == ([], [""])


def test_the_envelope_says_what_where_when_and_who(stream):
    workspace, run, message = uuid4(), uuid4(), uuid4()
    actor = {"kind": "handler", "id": "echo"}
    with transaction.atomic(), logs.bind(request_id="mine"):
        event = log.append(stream, "test.said", {"text": "Hello"}, log.About(workspace, run, message, actor))

    shown = log.envelope(Event.objects.get(id=event.id), epoch=7)

    assert datetime.fromisoformat(shown["time"].replace("Z", "+00:00")).tzinfo is UTC
    assert shown.pop("time").endswith("Z")
    assert shown == {
        "id": "7-1",
        "type": "test.said",
        "stream": stream,
        "conversation": stream.removeprefix("conversation:"),
        "workspace": str(workspace),
        "seq": 1,
        "run": str(run),
        "message": str(message),
        "actor": actor,
        "request_id": "mine",
        "data": {"text": "Hello"},
    }


def test_an_event_of_no_conversation_names_none(db):
    log.open_stream("staff")
    with transaction.atomic():
        event = log.append("staff", "test.said", {})

    shown = log.envelope(event, epoch=7)

    assert (shown["conversation"], shown["workspace"], shown["run"], shown["message"]) == (None, None, None, None)
    assert shown["actor"] == {"kind": "system", "id": ""}


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (datetime(2026, 11, 22, 22, 0, 0, 123456, tzinfo=UTC), "2026-11-22T22:00:00.123Z"),
        (datetime(2026, 11, 22, 22, 0, tzinfo=UTC), "2026-11-22T22:00:00.000Z"),
    ],
)
def test_times_are_written_with_milliseconds_in_utc(time, shown):
    assert log.wire_time(time) == shown


def test_ids_of_events_rise_with_time(stream):
    with transaction.atomic():
        ids: list[UUID] = [log.append(stream, "test.said", {}).id for _ in range(20)]

    assert ids == sorted(ids)
