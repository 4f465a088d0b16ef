"""Housekeeping of tickets, idempotency records, sessions and revocations."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from project import batches
from security import idempotency, purging, sessions, tickets
from security.jobs import purge_idempotency_records, purge_revoked_tokens, purge_sessions, purge_tickets
from security.models import ApiKey, IdempotencyRecord, RevokedToken, Session, Ticket
from security.sessions import Device
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


ENDS = ("ended_at", "idle_until", "expires_at")


def over(person: Person, field: str, ago: timedelta) -> Session:
    """A session that came to its end so long ago, in one of the three ways."""
    session = sessions.begin(person.user, Device(field))
    Session.objects.filter(id=session.id).update(**{field: timezone.now() - ago})
    return session


@pytest.mark.parametrize("field", ENDS)
def test_sessions_are_removed_a_month_after_their_end_however_they_ended(ada, field):
    over(ada, field, timedelta(days=30, minutes=1))
    kept = over(ada, field, timedelta(days=29, hours=23))

    assert purge_sessions() == "1 removed"
    assert set(Session.objects.filter(user=ada.user)) == {ada.session, kept}


def test_what_belongs_to_a_session_goes_with_it_and_is_not_counted(ada):
    ended = over(ada, "ended_at", timedelta(days=31))
    tickets.issue(ended, SOCKET)
    ApiKey.objects.create(session=ended, workspace=ada.workspace, name="old", prefix="old", digest="0", scopes=[])

    assert purge_sessions() == "1 removed"
    assert not ApiKey.objects.exists()
    assert not Ticket.objects.exists()


def test_whatever_refers_to_a_session_is_known_to_the_purge():
    relations = Session._meta.related_objects

    assert {relation.related_model for relation in relations} == set(purging.DEPENDENTS)


def test_revocations_are_removed_once_nobody_would_take_the_token(ada):
    now = timezone.now()
    for seconds in (59, 61):
        RevokedToken.objects.create(jti=uuid4(), expires_at=now - timedelta(seconds=seconds))

    assert purge_revoked_tokens() == "1 removed"
    assert RevokedToken.objects.count() == 1


def test_the_command_removes_what_the_jobs_do_and_says_how_much(ada, capsys):
    over(ada, "ended_at", timedelta(days=31))
    over(ada, "ended_at", timedelta(days=2))
    RevokedToken.objects.create(jti=uuid4(), expires_at=timezone.now() - timedelta(hours=1))

    call_command("purge_sessions")
    assert capsys.readouterr().out == "Removed 1 ended sessions and 1 revocations of ended tokens.\n"

    call_command("purge_sessions", "--older-than=1")
    assert "Removed 1 ended sessions" in capsys.readouterr().out
    assert list(Session.objects.filter(user=ada.user)) == [ada.session]


@pytest.mark.parametrize("days", ["-1", "36501", "soon"])
def test_the_command_refuses_what_is_no_number_of_days(db, days):
    with pytest.raises(CommandError, match="--older-than"):
        call_command("purge_sessions", f"--older-than={days}")
