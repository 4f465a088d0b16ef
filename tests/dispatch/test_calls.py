"""What handlers did is kept with the end of each attempt, counted over a day, and forgotten after a month."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from dispatch import calls, conclusion, intake, runs, submissions
from dispatch.calls import Counts
from dispatch.handlers import Reply
from dispatch.jobs import purge_calls
from dispatch.models import Call
from dispatch.outcomes import Outcome
from project import batches, ids
from security.models import Workspace
from tests.dispatch.test_switches import listed
from tests.plans import explained

pytestmark = pytest.mark.django_db

NAME = "offline_responder"
REPLIED = {"name": NAME, "result": "replied", "ms": 12}


def claimed(person, conversation):
    submission = submissions.parse({"kind": "text", "text": "hello"}, None)
    run = intake.receive(submission, person.identity, conversation.id).run
    claim = runs.claim(run, "here")
    assert claim
    return claim


def called(claim, age=timedelta(), **fields):
    """A row as it would be if it had been written so long ago."""
    then = timezone.now() - age
    return Call(
        id=UUID(int=ids.first_at(then).int | ids.new_id().int % (1 << 64)),
        run_id=claim.run,
        attempt=1,
        at=then,
        **{"workspace": claim.workspace, "handler": NAME, "result": "replied", "milliseconds": 10, **fields},
    )


def test_calls_are_written_with_the_end_of_the_attempt(ada, conversation):
    claim = claimed(ada, conversation)
    passed = {"name": "other", "result": "passed", "ms": 3}

    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("hi"), handlers=(passed, REPLIED)))

    rows = Call.objects.order_by("id").values_list("handler", "result", "milliseconds", "attempt", "workspace")
    assert list(rows) == [
        ("other", "passed", 3, 1, conversation.workspace_id),
        (NAME, "replied", 12, 1, conversation.workspace_id),
    ]


def test_a_result_that_is_refused_leaves_no_calls(ada, conversation):
    claim = claimed(ada, conversation)

    assert not conclusion.conclude(claim.run, claim.attempt + 1, Outcome(Reply("late"), handlers=(REPLIED,)))

    assert not Call.objects.exists()


def test_a_day_is_counted(ada, conversation):
    claim = claimed(ada, conversation)
    Call.objects.bulk_create(
        [
            called(claim),
            called(claim, result="passed", milliseconds=20),
            called(claim, result="stopped", milliseconds=30),
            called(claim, result="handler_error", milliseconds=40),
            called(claim, timedelta(hours=23), result="abandoned", milliseconds=101),
            called(claim, timedelta(hours=25), result="abandoned", milliseconds=999),
            called(claim, handler="other"),
        ]
    )

    counted = calls.count([NAME, "nobody"])

    assert counted["nobody"] == Counts()
    assert counted["nobody"].error_rate is None
    found = counted[NAME]
    assert (found.calls, found.failed, found.abandoned, found.error_rate) == (5, 2, 1, 0.4)
    assert (found.average_ms, found.slowest_ms) == (40, 101)
    assert set(counted) == {NAME, "nobody"}


def test_the_list_counts_what_the_reader_may_know_of(ada, bob, eve, conversation):
    claim = claimed(ada, conversation)
    Call.objects.bulk_create([called(claim), called(claim, workspace=eve.workspace.id, result="handler_error")])

    counted = [listed(person)["counts"] for person in (ada, bob, eve)]

    assert [(one["calls"], one["failed"]) for one in counted] == [(2, 1), (1, 0), (1, 1)]  # ada is staff
    assert counted[1] == {
        "calls": 1,
        "failed": 0,
        "abandoned": 0,
        "error_rate": 0.0,
        "average_ms": 10,
        "slowest_ms": 10,
        "last_called": counted[1]["last_called"],
    }


def test_one_handler_is_shown_as_in_the_list(bob):
    assert bob.get(f"/api/v1/handlers/{NAME}/").json() == listed(bob)


@pytest.mark.parametrize("workspace", [False, True])
def test_counting_reads_the_day_alone_in_one_statement(ada, conversation, workspace):
    claim = claimed(ada, conversation)
    past = [called(claim, timedelta(hours=25, minutes=number), handler=NAME) for number in range(3000)]
    others = [called(claim, timedelta(minutes=number), handler=f"other {number % 30}") for number in range(3000)]
    Call.objects.bulk_create([*past, *others, called(claim)])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE dispatch_call")

    readable = Workspace.objects.of(ada.user) if workspace else None

    with explained({"dispatch_call"}) as statements:
        counted = calls.count([NAME], readable)

    assert counted[NAME].calls == 1
    (statement,) = statements
    assert not statement.grows, str(statement)


@pytest.mark.parametrize("old", [0, 1, batches.BATCH + 1])
def test_calls_are_forgotten_after_thirty_days(ada, conversation, old):
    claim = claimed(ada, conversation)
    young = called(claim, timedelta(days=29, hours=23))
    Call.objects.bulk_create([young, *(called(claim, timedelta(days=30, hours=1)) for _ in range(old))])

    assert purge_calls() == f"{old} removed"
    assert list(Call.objects.all()) == [young]
