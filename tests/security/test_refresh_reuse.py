"""A refresh token that turns up again, many at the same moment, and a database that does not answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from project.models import Event
from security import refreshing, tokens
from security.models import Flag, Session
from tests.outage.scale import pick
from tests.people import Person, make_user
from tests.problem import problem
from tests.threads import at_once

REFRESH = "/api/v1/auth/refresh"


def exchange(person: Person, refresh: str) -> Any:
    return person.post(REFRESH, {"refresh": refresh})


def row(person: Person) -> Session:
    found: Session = Session.objects.get(id=person.session.id)
    return found


def reuse_late(person: Person, first: str) -> None:
    exchange(person, first)
    Session.objects.filter(id=person.session.id).update(rotated_at=timezone.now() - timedelta(seconds=11))


def use_grandchild(person: Person, first: str) -> None:
    exchange(person, exchange(person, first).json()["refresh"])


@contextmanager
def away_at(statement: str) -> Iterator[None]:
    """The database goes away when it is asked the first of these statements."""
    met: list[str] = []

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(statement):
            met.append(sql)
            raise OperationalError("the server closed the connection")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield
    assert met


@pytest.mark.parametrize("misuse", [reuse_late, use_grandchild])
def test_a_token_that_turns_up_again_ends_its_session_and_tells_staff_once(
    ada: Person, misuse: Callable[[Person, str], None]
) -> None:
    first = tokens.issue_refresh(ada.session)
    misuse(ada, first)

    answers = [exchange(ada, first) for _ in range(3)]

    problem(answers[0], 401, "token_reused")
    assert (row(ada).end_reason, row(ada).risk) == ("token_reused", 100)
    flag = Flag.objects.get()
    assert (flag.detector, flag.subject, flag.subject_id) == ("refresh_reuse", "session", ada.session.id)
    assert flag.user == ada.user
    assert flag.evidence["generation_shown"] == 0
    told = Event.objects.filter(stream_id="staff", type__in=["flag.raised", "session.ended"]).order_by("seq")
    assert [event.type for event in told] == ["session.ended", "flag.raised"]
    assert told[1].data["subject_id"] == str(ada.session.id)
    assert first not in str([event.data for event in told])


def test_a_retry_and_a_stranger_raise_no_flag(ada: Person) -> None:
    first = tokens.issue_refresh(ada.session)

    for token in (first, first, "nonsense", ada.token):
        exchange(ada, token)

    assert not Flag.objects.exists()
    assert row(ada).risk == 0


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("rounds", "threads"), [(pick(50, 8), 10), (2, 50)])
def test_of_fifty_uses_at_once_one_makes_the_successor_and_all_get_it(rounds: int, threads: int, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"refresh": (50 * rounds, timedelta(hours=1))}
    ada = Person(make_user("ada"))
    token = tokens.issue_refresh(ada.session)

    def use() -> list[str]:
        return [tokens.issue_refresh(refreshing.refresh(token)) for _ in range(50 // threads)]

    for turn in range(1, rounds + 1):
        successors = {one for some in at_once([use] * threads) for one in some}

        session = Session.objects.live().get(id=ada.session.id)
        assert session.generation == turn
        assert successors == {tokens.issue_refresh(session)}
        token = successors.pop()


@pytest.mark.django_db(transaction=True)
def test_of_many_reuses_at_once_one_raises_the_flag() -> None:
    ada = Person(make_user("ada"))
    first = tokens.issue_refresh(ada.session)
    use_grandchild(ada, first)

    answers = at_once([partial(exchange, ada, first)] * 10)

    assert {answer.json()["code"] for answer in answers} <= {"token_reused", "session_ended"}
    assert Flag.objects.count() == 1


@pytest.mark.parametrize("statement", ["UPDATE", "SELECT"])
def test_a_database_that_goes_away_is_503_and_nothing_is_consumed(ada: Person, statement: str) -> None:
    """Also where it took the exchange already, and could not say so."""
    first = tokens.issue_refresh(ada.session)

    with away_at(statement):
        refused = exchange(ada, first)

    problem(refused, 503, "unavailable")
    assert int(refused["Retry-After"]) >= 1
    assert row(ada).generation == 0
    assert exchange(ada, first).status_code == 200
