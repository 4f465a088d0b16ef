"""Housekeeping of tickets and idempotency records."""

from datetime import timedelta

import pytest
from django.utils import timezone

from project import batches
from security import idempotency, tickets
from security.jobs import purge_idempotency_records, purge_tickets
from security.models import IdempotencyRecord, Ticket
from tests.people import Person

SOCKET = "/ws/v1/"


def issue(person: Person, ended_ago: timedelta) -> str:
    raw = tickets.issue(person.session, SOCKET)
    Ticket.objects.filter(digest=tickets._digest(raw)).update(expires_at=timezone.now() - ended_ago)
    return raw


def record(person: Person, key: str, age: timedelta) -> None:
    idempotency.once(person.user, "/api/v1/workspaces/", key, {}, dict)
    IdempotencyRecord.objects.filter(key=key).update(created_at=timezone.now() - age)


def test_ended_tickets_are_removed_and_others_stay_good(ada):
    issue(ada, timedelta(minutes=2))
    good = tickets.issue(ada.session, SOCKET)

    assert purge_tickets() == "1 removed"
    assert tickets.redeem(good, SOCKET) == ada.identity


def test_used_tickets_are_removed_once_they_would_have_ended(ada):
    used = tickets.issue(ada.session, SOCKET)
    tickets.redeem(used, SOCKET)
    assert purge_tickets() == "0 removed"
    Ticket.objects.update(expires_at=timezone.now() - timedelta(minutes=2))

    assert purge_tickets() == "1 removed"


def test_making_a_ticket_removes_none(ada):
    issue(ada, timedelta(minutes=2))

    tickets.issue(ada.session, SOCKET)

    assert Ticket.objects.count() == 2


def test_records_over_a_day_old_are_removed(ada):
    record(ada, "old", timedelta(hours=24, minutes=1))
    record(ada, "young", timedelta(hours=23, minutes=59))

    assert purge_idempotency_records() == "1 removed"
    assert IdempotencyRecord.objects.get().key == "young"


@pytest.mark.parametrize("count", [batches.BATCH, batches.BATCH + 1])
def test_more_than_a_batch_is_removed(ada, count):
    ended = timezone.now() - timedelta(minutes=2)
    Ticket.objects.bulk_create(
        Ticket(digest=str(number), session=ada.session, target=SOCKET, expires_at=ended) for number in range(count)
    )

    assert purge_tickets() == f"{count} removed"
    assert not Ticket.objects.exists()
