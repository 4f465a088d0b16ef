"""A session that was read less than a second ago is not read again, and what ends it is seen at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from project import bus
from security import sessions, tokens
from security.models import RevokedToken, Session, User
from security.recent import FRESH_SECONDS, MOST, Recent, recent
from security.sessions import SessionEnded
from tests.live import eventually
from tests.people import Person
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def known(ada: Person) -> Iterator[Person]:
    """ada, who has just been let in."""
    sessions.identify(ada.token)
    yield ada
    recent.forget_all()


def asks_rows(person: Person) -> bool:
    with CaptureQueriesContext(connection) as queries:
        sessions.identify(person.token)
    return len(queries) > 0


def refused(person: Person) -> bool:
    try:
        sessions.identify(person.token)
    except SessionEnded:
        return True
    return False


def test_who_asks_again_within_a_second_costs_no_query(known: Person) -> None:
    eventually(lambda: not asks_rows(known))  # the machine may have been busy for a second


def test_the_row_is_read_again_after_a_second_without_any_ring(known: Person) -> None:
    Session.objects.filter(id=known.session.id).update(ended_at=timezone.now())

    eventually(lambda: refused(known), 5 * FRESH_SECONDS)


def test_a_session_that_is_ended_here_is_refused_at_once(known: Person) -> None:
    sessions.end(Session.objects.filter(id=known.session.id), "staff")

    assert refused(known)


@pytest.mark.parametrize("topic", ["session", "user", "token", "lost"])
def test_a_ring_of_another_process_is_enough(known: Person, topic: str) -> None:
    claims = tokens.read(known.token, tokens.AccessToken)
    if topic == "token":
        RevokedToken.objects.create(jti=claims.jti, user=known.user, expires_at=known.session.expires_at)
    elif topic == "user":
        User.objects.filter(id=known.user.id).update(is_active=False)
    else:
        Session.objects.filter(id=known.session.id).update(ended_at=timezone.now())

    rings = {
        "session": ("session", known.session.id),
        "user": ("member", known.user.id),
        "token": ("session", claims.jti),
    }
    if topic == "lost":
        bus.lost()
    else:
        bus.heard(rings[topic][0], str(rings[topic][1]))

    assert refused(known)


def test_a_ring_for_somebody_else_changes_nothing(known: Person, bob: Person) -> None:
    def still_known() -> bool:
        sessions.identify(known.token)
        bus.ring("session", bob.session.id)
        return not asks_rows(known)

    eventually(still_known)


def test_a_row_read_before_a_ring_is_not_believed_after_it(ada: Person) -> None:
    own, session = Recent(), Session.objects.select_related("user").get(id=ada.session.id)
    asked_at = time.monotonic()
    own.hear(str(session.id))

    own.keep("token", session, asked_at)

    assert own.find("token") is None


def test_one_that_falls_idle_within_the_second_is_over(ada: Person) -> None:
    own, session = Recent(), Session.objects.select_related("user").get(id=ada.session.id)
    session.idle_until = timezone.now() - timedelta(milliseconds=1)

    own.keep("token", session, time.monotonic())

    assert own.find("token") is None


def test_inside_a_transaction_the_rows_are_asked(known: Person) -> None:
    with transaction.atomic():
        sessions.end(Session.objects.filter(id=known.session.id), "staff")

        assert refused(known)


def test_a_revoked_token_is_no_other_tokens_affair(known: Person) -> None:
    claims = tokens.read(known.token, tokens.AccessToken)
    RevokedToken.objects.create(jti=claims.jti, user=known.user, expires_at=known.session.expires_at)
    bus.ring("session", claims.jti)

    assert refused(known)
    assert sessions.identify(tokens.issue_access(known.session)).session == known.session


def test_requests_do_not_change_what_others_are_given(known: Person) -> None:
    mine = sessions.identify(known.token)
    mine.user.username, mine.session.device = "changed", "changed"

    other = sessions.identify(known.token)

    assert (other.user.username, other.session.device) == ("ada", "test")


def test_use_is_written_down_once_though_many_ask_within_the_second(ada: Person) -> None:
    Session.objects.filter(id=ada.session.id).update(last_used_at=timezone.now() - timedelta(minutes=2))

    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            sessions.identify(ada.token)

    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 1


def test_who_is_known_is_let_in_while_the_database_is_away_and_others_are_told_503(known: Person, bob: Person) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the server closed the connection")

    def let_in() -> bool:
        sessions.identify(known.token)
        with connection.execute_wrapper(away), suppress(OperationalError):
            return sessions.identify(known.token).user == known.user
        return False

    eventually(let_in)
    with connection.execute_wrapper(away):
        refused = bob.get("/api/v1/me")
    assert refused.status_code == 503
    assert refused["Retry-After"]


def test_what_is_known_is_bounded(ada: Person) -> None:
    own, session = Recent(), Session.objects.select_related("user").get(id=ada.session.id)

    for number in range(2 * MOST):
        own.keep(number, session, time.monotonic())
        own.hear(str(number))

    assert len(own._read) <= MOST
    assert len(own._rung) <= MOST
    assert len(own.dropped()) <= MOST
    assert own.dropped() == {}


def test_nobody_is_let_in_after_the_end_however_many_ask_meanwhile(known: Person) -> None:
    ended = threading.Event()

    def ask() -> list[bool]:
        found = []
        while not ended.is_set():
            refused(known)
        for _ in range(20):
            found.append(refused(known))
        return found

    def end() -> list[bool]:
        sessions.end(Session.objects.filter(id=known.session.id), "staff")
        ended.set()
        return []

    answers = at_once([partial(ask)] * 4 + [end])

    assert all(all(found) for found in answers)
