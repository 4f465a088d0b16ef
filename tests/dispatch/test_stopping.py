"""Stopping, on rows: one winner, no way back, nothing that filters refuse."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from contexts import conversations
from contexts.models import Conversation, Message
from dispatch import attempts, conclusion, leases, runs, stopping, work
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Run, RunState
from dispatch.outcomes import Outcome
from dispatch.runs import Claim
from dispatch.states import IllegalTransition
from dispatch.stopping import RunFinished
from dispatch.submissions import parse
from project.models import Event
from tests.people import Person
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR = {"kind": "staff", "id": "1"}


def claimed(person: Person, conversation: Conversation) -> Claim:
    claim = runs.claim(receive(parse({"text": "hi"}, None), person.identity, conversation.id).run, "here")
    assert claim
    return claim


def cancel(run: UUID) -> Run | None:
    try:
        return stopping.stop(run, RunState.CANCELED, ACTOR)
    except RunFinished:
        return None


def finals(run: UUID) -> list[str]:
    over = ("run.completed", "run.failed", "run.dead", "run.canceled", "run.superseded")
    return list(Event.objects.filter(run=run, type__in=over).values_list("type", flat=True))


def test_stop_that_meets_the_end_has_one_winner(ada: Person, conversation: Conversation) -> None:
    for _ in range(8):
        claim = claimed(ada, conversations.create(ada.user, conversation.workspace_id, {}))
        work: list[Callable[[], Any]] = [
            partial(conclusion.conclude, claim.run, claim.attempt, Outcome(Reply("whole"))),
            partial(cancel, claim.run),
        ]

        ended, stopped = at_once(work)

        assert ended is True
        state = Run.objects.get(id=claim.run).state
        assert (state, bool(stopped)) in [("completed", False), ("canceled", True)]
        assert finals(claim.run) == [f"run.{state}"]
        kept = Message.objects.get(run=claim.run, role="assistant")
        marked = {"partial": True, "reason": "canceled"} if stopped else {}
        assert (kept.text, kept.metadata) == ("whole", marked)


def test_stops_in_parallel_are_one(ada: Person, conversation: Conversation) -> None:
    run = receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run

    stopped = at_once([partial(cancel, run) for _ in range(6)])

    assert [found and found.state for found in stopped] == 6 * ["canceled"]
    assert finals(run) == ["run.canceled"]


def test_claim_that_meets_a_stop_has_one_winner(ada: Person, conversation: Conversation) -> None:
    for _ in range(6):
        run = receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run
        work: list[Callable[[], Any]] = [partial(runs.claim, run, "here"), partial(cancel, run)]

        claim, stopped = at_once(work)

        assert stopped.state == ("running" if claim else "canceled")
        if claim:
            assert conclusion.conclude(run, claim.attempt, Outcome(reason="stopped"))
        assert finals(run) == ["run.canceled"]


@pytest.mark.parametrize("end", ["drain", "lease", "fail"])
def test_what_was_to_stop_is_not_tried_again(ada: Person, conversation: Conversation, end: str) -> None:
    claim = claimed(ada, conversation)
    runs.checkpoint(claim, "so far")
    cancel(claim.run)

    if end == "drain":
        work.give_back("here", [claim.run], "drain")
    elif end == "fail":
        work.fail("here", claim.run)
    else:
        Run.objects.filter(id=claim.run).update(lease_until=timezone.now() - timedelta(seconds=1))
        list(work.recover())

    assert finals(claim.run) == ["run.canceled"]
    kept = Message.objects.get(role="assistant")
    assert (kept.text, kept.metadata) == ("so far", {"partial": True, "reason": "canceled"})
    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("too late"))) is False


def test_lease_of_what_is_to_stop_is_not_prolonged(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)
    cancel(claim.run)
    before = Run.objects.get(id=claim.run).lease_until

    leases.renew("here", [claim.run])

    after = Run.objects.get(id=claim.run).lease_until
    assert after == before
    assert after is not None
    assert after <= timezone.now() + stopping.PATIENCE


def test_failure_worth_a_retry_is_none_for_what_is_to_stop(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)
    cancel(claim.run)

    conclusion.conclude(claim.run, claim.attempt, Outcome(reason="handler_error", retry=0.0, shown="half"))

    assert finals(claim.run) == ["run.canceled"]
    assert Message.objects.get(role="assistant").text == "half"


@pytest.mark.parametrize("said", ["", "\u200b\u200b"])
def test_nothing_is_kept_of_silence_or_of_what_filters_refuse(
    ada: Person, conversation: Conversation, said: str
) -> None:
    claim = claimed(ada, conversation)
    cancel(claim.run)

    conclusion.conclude(claim.run, claim.attempt, Outcome(reason="stopped", shown=said))

    assert finals(claim.run) == ["run.canceled"]
    assert not Message.objects.filter(role="assistant").exists()
    assert Event.objects.get(type="run.canceled").data["reply"] is None


def test_words_of_an_attempt_that_was_given_back_are_kept(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)
    runs.checkpoint(claim, "so far")
    leases.release_held("here", [claim.run], "drain")

    stopped = cancel(claim.run)

    assert stopped
    assert stopped.state == "canceled"
    assert Message.objects.get(role="assistant").text == "so far"


def test_run_that_is_to_stop_has_one_way(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)
    run = cancel(claim.run)
    assert run

    for state in set(RunState.values) - {"running", "canceled"}:
        with pytest.raises(IllegalTransition):
            runs.move(run, state, {}, {})


def test_nothing_is_asked_of_the_database_while_nothing_is_open(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        attempts.look()
