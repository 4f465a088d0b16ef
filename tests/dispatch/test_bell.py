"""The bell of PostgreSQL: it rings with the transaction that makes work due, and never in place of the rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from contexts.models import Conversation
from dispatch import bell, conclusion, leases, loop, runs
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.outcomes import Outcome
from dispatch.submissions import parse
from tests.deployment import Deployment, deployed
from tests.live import PATIENCE, eventually
from tests.modes import PRODUCTION
from tests.people import Person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not PRODUCTION, reason="the bell is PostgreSQL's"),
]

MESSAGES = 15


@pytest.fixture(autouse=True)
def no_bells(db: None) -> None:
    """Its tables are not ours, and not emptied between tests."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("bell", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def say(person: Person, conversation: Conversation) -> Run:
    return Run.objects.get(id=receive(parse({"text": "hi"}, None), person.identity, conversation.id).run)


def bells() -> list[tuple[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'conversation', scheduled_at FROM procrastinate_jobs ORDER BY id")
        return [(str(conversation), at) for conversation, at in cursor.fetchall()]


def jobs(deployment: Deployment) -> list[str]:
    with psycopg.connect(deployment.environment["DATABASE_URL"]) as direct:
        return [str(row[0]) for row in direct.execute("SELECT status FROM procrastinate_jobs").fetchall()]


def test_bell_rings_with_the_transaction_that_accepts(ada: Person, conversation: Conversation) -> None:
    with transaction.atomic():
        say(ada, conversation)
        transaction.set_rollback(True)
    undone = bells()

    say(ada, conversation)

    assert undone == []
    assert bells() == [(str(conversation.id), None)]


def test_end_of_a_run_rings_for_the_message_that_waited(ada: Person, conversation: Conversation) -> None:
    first, _ = say(ada, conversation), say(ada, conversation)
    claim = runs.claim(first.id, "one")
    before = len(bells())

    conclusion.conclude(first.id, claim.attempt if claim else 0, Outcome(Reply("done")))

    assert bells()[before:] == [(str(conversation.id), None)]


def test_end_of_the_last_run_rings_for_nobody(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    claim = runs.claim(run.id, "one")
    before = len(bells())

    conclusion.conclude(run.id, claim.attempt if claim else 0, Outcome(Reply("done")))

    assert bells()[before:] == []


def test_run_that_is_tried_again_later_rings_when_it_is_due(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    runs.claim(run.id, "one")
    run.refresh_from_db()
    before = len(bells())

    leases.release(run, "lease_lost", crashes=2)

    run.refresh_from_db()
    assert bells()[before:] == [(str(conversation.id), run.due_at)]
    assert run.due_at > timezone.now() - timedelta(seconds=1)


def test_bells_of_a_dead_process_are_forgotten(ada: Person, conversation: Conversation) -> None:
    say(ada, conversation)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")

    async def sweep() -> None:
        async with bell._listener(sweep).open_async() as listener:
            await bell.forget_stalled(listener)

    async_to_sync(sweep)()

    assert bells() == []


def test_message_is_refused_and_not_kept_when_its_bell_cannot_be_hung(
    ada: Person, conversation: Conversation, settings: Any
) -> None:
    with psycopg.connect(**_direct()) as other:
        other.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")

        answer = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hi"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert Run.objects.count() == 0


def test_messages_of_a_conversation_do_not_wait_for_a_look_between_them(fresh: Deployment) -> None:
    server, _ = fresh.serve(RUN_CONCURRENCY="0"), fresh.work()
    ada = server.person("ada")
    conversation = ada.conversation()

    for number in range(MESSAGES):
        ada.say(conversation, str(number), kind="test.echo")

    events = ada.settled(conversation, MESSAGES)
    ends = [datetime.fromisoformat(event["time"]) for event in events if event["type"] == "run.completed"]
    assert median((after - before).total_seconds() for before, after in pairwise(ends)) < loop.POLL_SECONDS
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_bell_is_heard_again_after_its_connections_were_cut(fresh: Deployment) -> None:
    server, worker = fresh.serve(RUN_CONCURRENCY="0"), fresh.work()
    ada = server.person("ada")
    conversation = ada.conversation()
    with psycopg.connect(fresh.environment["DATABASE_URL"]) as direct:
        direct.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )

    eventually(lambda: ada.say(conversation, "hello", kind="test.echo", key="once").status_code == 202)

    ada.settled(conversation, 1)
    # One that was fetched over a connection which was cut is swept up after a minute.
    eventually(lambda: jobs(fresh) == [], 3 * PATIENCE)
    assert worker.supervisor.is_running()


def _direct() -> dict[str, Any]:
    found = settings.DATABASES["default"]
    return {
        "host": found["OPTIONS"].get("host") or found["HOST"],
        "port": found["PORT"] or None,
        "user": found["USER"],
        "password": found["PASSWORD"],
        "dbname": found["NAME"],
    }
