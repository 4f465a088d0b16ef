"""Limits of workspaces and handlers, on rows: who begins, who waits, and that nobody waits for another's limit."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from contexts import conversations
from dispatch import conclusion, handlers, leases, runs
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Route, Run
from dispatch.outcomes import Outcome
from dispatch.submissions import parse
from security.models import Workspace
from tests.modes import PRODUCTION
from tests.people import Person
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def narrow() -> Iterator[str]:
    """A kind whose only handler is asked by two runs at a time."""

    @handlers.register("test.narrow", concurrency=2)
    async def narrow_test(*_: Any) -> Reply:
        return Reply("done")

    yield "test.narrow"
    handlers.unregister("narrow_test")


def queue(person: Person, count: int, kind: str = "text") -> list[UUID]:
    """Runs, each in a conversation of its own."""
    return [_said(person, kind) for _ in range(count)]


def _said(person: Person, kind: str) -> UUID:
    conversation = conversations.create(person.user, person.workspace.id, {})
    return receive(parse({"kind": kind, "text": "hi"}, None), person.identity, conversation.id).run


def limit(person: Person, concurrency: int | None) -> None:
    Workspace.objects.filter(id=person.workspace.id).update(concurrency=concurrency)


def ended(run: UUID) -> None:
    conclusion.conclude(run, Run.objects.get(id=run).attempt, Outcome(Reply("done")))


def test_as_many_begin_as_the_workspace_takes_the_oldest_first(ada: Person) -> None:
    limit(ada, 2)
    waiting = queue(ada, 4)

    assert runs.next_due(10, "one") == waiting[:2]


def test_full_workspace_is_in_nobodys_way(ada: Person, eve: Person) -> None:
    limit(ada, 1)
    first, *_ = queue(ada, 30)
    elsewhere = queue(eve, 2)

    assert runs.next_due(3, "one") == [first, *elsewhere]
    runs.claim(first, "one")
    assert runs.next_due(3, "one") == elsewhere


def test_claim_beyond_the_limit_is_refused_until_a_run_ends(ada: Person) -> None:
    limit(ada, 1)
    first, second = queue(ada, 2)
    runs.claim(first, "one")

    refused = runs.claim(second, "other")
    ended(first)

    assert refused is None
    assert runs.next_due(10, "other") == [second]
    assert runs.claim(second, "other")


def test_run_that_is_given_back_leaves_its_room(ada: Person) -> None:
    limit(ada, 1)
    first, second = queue(ada, 2)
    runs.claim(first, "one")

    leases.release_held("one", [first], "drain")

    assert runs.claim(second, "other")


@pytest.mark.parametrize(
    ("own", "everybody", "begin"), [(None, 2, 2), (3, 2, 3), (0, 2, 5), (None, 0, 5), (1, 0, 1), (0, 0, 5)]
)
def test_own_limit_of_a_workspace_wins_over_the_setting(
    ada: Person, settings: Any, own: int | None, everybody: int, begin: int
) -> None:
    settings.WORKSPACE_CONCURRENCY = everybody
    limit(ada, own)
    waiting = queue(ada, 5)

    claims = [runs.claim(run, "one") for run in waiting]

    assert sum(claim is not None for claim in claims) == begin


def test_setting_counts_each_workspace_for_itself(ada: Person, eve: Person, settings: Any) -> None:
    settings.WORKSPACE_CONCURRENCY = 1
    first, *_ = queue(ada, 3)
    elsewhere, *_ = queue(eve, 3)

    assert runs.next_due(10, "one") == [first, elsewhere]


def test_limit_set_while_runs_wait_holds_for_them(ada: Person) -> None:
    first, second, _ = queue(ada, 3)
    runs.claim(first, "one")
    limit(ada, 2)

    assert runs.next_due(10, "one") == [second]


def test_handler_is_asked_by_as_many_runs_as_it_takes_of_all_workspaces(ada: Person, eve: Person, narrow: str) -> None:
    first, third = queue(ada, 1, narrow), queue(eve, 2, narrow)
    others = queue(ada, 1)

    due = runs.next_due(10, "one")
    claims = [runs.claim(run, "one") for run in (*first, *third)]

    assert due == [*first, third[0], *others]
    assert [claim is not None for claim in claims] == [True, True, False]
    assert runs.next_due(10, "one") == others


def test_runs_that_a_new_route_sends_to_a_full_handler_are_in_nobodys_way(
    ada: Person, eve: Person, narrow: str
) -> None:
    waiting, elsewhere = queue(ada, 6), queue(eve, 1)
    Route.objects.create(workspace=ada.workspace, name="all to one", handlers=["narrow_test"])

    claims = [runs.claim(run, "one") for _ in range(4) for run in runs.next_due(2, "one")]

    assert [claim.run for claim in claims if claim] == [*waiting[:2], *elsewhere]


def test_run_takes_room_in_its_workspace_and_its_handler(ada: Person, eve: Person, narrow: str) -> None:
    limit(ada, 1)
    begun, *_ = queue(ada, 2)
    queue(ada, 1, narrow)
    elsewhere = queue(eve, 3, narrow)
    runs.claim(begun, "one")

    assert runs.next_due(10, "one") == elsewhere[:2]


def test_limit_holds_among_claims_at_the_same_moment(ada: Person) -> None:
    limit(ada, 3)
    waiting = queue(ada, 8)

    claims = at_once([_claiming(run) for run in waiting])

    assert sum(claim is not None for claim in claims) == 3
    assert Run.objects.filter(state="running").count() == 3


@pytest.mark.parametrize("kind", ["text", "test.narrow"])
def test_claim_waits_for_one_that_has_not_committed(ada: Person, narrow: str, kind: str) -> None:
    limit(ada, 1 if kind == "text" else None)
    *begun, last, too_many = queue(ada, 2 if kind == "text" else 3, kind)
    for run in begun:
        runs.claim(run, "one")

    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        first = runs.claim(last, "one")
        second = thread.submit(at_once, [_claiming(too_many)])
        wait([second], timeout=0.5)  # it has the time to go wrong

    assert (first is not None, second.result()) == (True, [None])


def _claiming(run: UUID) -> Callable[[], Any]:
    return lambda: runs.claim(run, "other")


@pytest.mark.skipif(not PRODUCTION, reason="the bell is PostgreSQL's")
def test_end_of_a_run_rings_for_one_that_waits_for_its_room(ada: Person, eve: Person) -> None:
    limit(ada, 1)
    (alone,) = queue(eve, 1)
    first, _ = queue(ada, 2)
    runs.claim(first, "one")
    runs.claim(alone, "one")
    before = _bells()

    ended(alone)
    unlimited = _bells()
    ended(first)

    assert (unlimited - before, _bells() - unlimited) == (0, 1)


def _bells() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return int(cursor.fetchone()[0])
