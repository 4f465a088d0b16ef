"""What waits for an expert, what ends while it waits, and who learns of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contexts.models import Conversation, Message, MessageRole, Policy
from dispatch import delegation_ends, delegation_work, delegations, expiring_runs, news
from dispatch.delegation_models import Delegation, DelegationState, Step
from dispatch.models import Review, Run, RunState
from integrations.contract import Question, Result
from project import log
from project.models import Event
from tests.delegations.consulted import carry, consult, expert, post, the, told
from tests.delegations.played import ask, carry_on, run_of
from tests.experts_app import liars
from tests.marked_app import filters as _marked
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def waiting(person: Person, conversation: Conversation, slug: str = "counter", **metadata: Any) -> Delegation:
    """A run waits for an expert that has been begun, and is at work in this process."""
    expert(slug)
    run = post(person, conversation, expert=slug, **metadata)
    assert carry(run).state == RunState.WAITING
    assert delegations.claim(the(run).id, "here")
    return the(run)


def state_of(delegation: Delegation) -> str:
    return Delegation.objects.get(id=delegation.id).state


def test_later_messages_have_their_turn_while_a_run_waits(ada: Person, conversation: Conversation) -> None:
    delegation = waiting(ada, conversation)

    later = carry(post(ada, conversation, "2 + 2"))
    delegation_ends.arrive(Delegation.objects.get(id=delegation.id), Result({"words": 1}, "One."))
    first = carry(run_of(delegation))

    assert (later.state, first.state) == (RunState.COMPLETED, RunState.COMPLETED)
    replies = Message.objects.exclude(role=MessageRole.USER).order_by("seq")
    assert [reply.id for reply in replies] == [later.reply, first.reply]
    ended = [
        event.run for event in Event.objects.filter(stream=conversation.stream, type="run.completed").order_by("seq")
    ]
    assert ended == [later.id, first.id]


def canceled(ada: Person, delegation: Delegation) -> None:
    assert ada.post(f"/api/v1/runs/{delegation.run_id}/cancel").status_code == 202


def deleted(ada: Person, delegation: Delegation) -> None:
    assert ada.delete(f"/api/v1/messages/{delegation.message_id}/").status_code == 204


def superseded(ada: Person, delegation: Delegation) -> None:
    Conversation.objects.filter(id=delegation.conversation_id).update(policy=Policy.INTERRUPT)
    post(ada, Conversation.objects.get(id=delegation.conversation_id), "Never mind.")


def expired(ada: Person, delegation: Delegation) -> None:
    Run.objects.filter(id=run_of(delegation)).update(due_at=timezone.now() - timedelta(seconds=1))
    assert (expiring_runs.expire(), expiring_runs.expire()) == (1, 0)


@pytest.mark.parametrize(
    ("end", "state", "replies"),
    [
        (canceled, "canceled", []),
        (deleted, "canceled", []),
        (superseded, "superseded", []),
        (expired, "failed", ["expired"]),
    ],
)
def test_end_of_a_run_that_waits_is_the_end_of_what_it_waits_for(
    ada: Person, conversation: Conversation, end: Any, state: str, replies: list[str]
) -> None:
    delegation = waiting(ada, conversation, "remembering")

    end(ada, delegation)
    told_of = consult()

    run = Run.objects.get(id=run_of(delegation))
    delegation.refresh_from_db()
    assert (run.state, delegation.state) == (state, DelegationState.CANCELED)
    assert (told_of, liars.CANCELED[-1]) == (1, delegation.id)
    assert (delegation.step, delegation.due_at) == ("", None)
    answers = Message.objects.filter(run=run.id).exclude(role=MessageRole.USER)
    assert [answer.metadata.get("reason") for answer in answers] == replies
    assert [told(conversation).count(type) for type in (f"run.{state}", "delegation.canceled")] == [1, 1]


def test_far_side_that_does_not_hear_of_a_cancel_is_told_three_times(ada: Person, conversation: Conversation) -> None:
    delegation = waiting(ada, conversation, "deaf")
    canceled(ada, delegation)

    for _ in range(5):
        consult()
        Delegation.objects.filter(id=delegation.id, due_at__isnull=False).update(due_at=timezone.now())

    delegation.refresh_from_db()
    assert (delegation.failures, delegation.step) == (delegation_ends.CANCELS, "")


def test_cancel_of_a_delegation_lets_its_run_end_with_a_marked_fallback(
    ada: Person, conversation: Conversation
) -> None:
    delegation = waiting(ada, conversation)

    with transaction.atomic():
        log.lock(conversation.stream)
        assert delegation_ends.cancel(delegation, {"kind": "user", "id": str(ada.user.id)})
    finished = carry(run_of(delegation))

    assert (finished.state, (finished.error or {})["code"]) == (RunState.FAILED, "expert_canceled")
    reply = Message.objects.get(id=finished.reply)
    assert reply.metadata == {"fallback": True, "reason": "expert_canceled"}
    assert reply.text.startswith("The task of the expert who was asked was stopped")


def test_cancel_reaches_who_does_a_part_of_the_task(ada: Person, conversation: Conversation) -> None:
    expert("boss")
    expert("counter")
    run = post(ada, conversation, expert="boss")
    carry(run)
    consult(1)
    [boss, part] = Delegation.objects.order_by("depth")

    ada.post(f"/api/v1/runs/{run}/cancel")

    assert (part.slug, state_of(boss), state_of(part)) == ("counter", "canceled", "canceled")


def test_end_of_who_waits_for_another_expert_ends_that_ones_part(ada: Person, conversation: Conversation) -> None:
    expert("boss")
    expert("counter")
    run = post(ada, conversation, expert="boss")
    carry(run)
    consult(1)
    [boss, part] = Delegation.objects.order_by("depth")
    Delegation.objects.filter(id=boss.id).update(deadline=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())

    assert (state_of(boss), state_of(part)) == ("failed", "canceled")
    assert carry(run).state == RunState.FAILED


def test_private_run_keeps_its_delegation_private(
    ada: Person, bob: Person, eve: Person, conversation: Conversation
) -> None:
    delegation = waiting(ada, conversation, audience="sender")
    delegation_ends.arrive(Delegation.objects.get(id=delegation.id), Result({"words": 1}, "The secret number."))
    carry(run_of(delegation))
    path = f"/api/v1/conversations/{conversation.id}"

    seen = {name: person.get(f"{path}/events/") for name, person in (("ada", ada), ("bob", bob), ("eve", eve))}
    listed = {name: person.get(f"{path}/messages/").content.decode() for name, person in (("ada", ada), ("bob", bob))}

    own = [event["type"] for event in seen["ada"].json()["results"] if event["type"].startswith("delegation.")]
    assert own == ["delegation.submitted", "delegation.completed"]
    assert not [event for event in seen["bob"].json()["results"] if event["type"].startswith("delegation.")]
    assert ("The secret" in listed["ada"], "The secret" in listed["bob"]) == (True, False)
    assert "The secret" not in seen["bob"].content.decode()
    assert seen["eve"].status_code == 404


def test_held_message_is_given_to_no_expert_before_it_is_released(
    ada: Person, conversation: Conversation, settings: Any
) -> None:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]
    expert("counter")
    message = ada.post(
        f"/api/v1/conversations/{conversation.id}/messages/",
        {"text": "please HOLD ME here", "metadata": {"expert": "counter"}},
    ).json()["message"]

    before = (Run.objects.count(), Delegation.objects.count())
    ada.post(f"/api/v1/review/{Review.objects.get(message=message).id}/release")
    carry(Run.objects.get(message=message).id)

    assert before == (0, 0)
    assert the().message_id == Message.objects.get(id=message).id


def test_run_that_was_answered_while_its_deadline_passed_has_one_end(ada: Person, conversation: Conversation) -> None:
    delegation = waiting(ada, conversation)
    delegation_ends.arrive(Delegation.objects.get(id=delegation.id), Result({"words": 1}, "One."))
    Run.objects.filter(id=run_of(delegation)).update(due_at=timezone.now() - timedelta(days=2))

    expiring_runs.expire()
    finished = carry(run_of(delegation))

    assert finished.state == RunState.COMPLETED


def test_question_that_nobody_answers_ends_with_the_time_for_it(ada: Person, conversation: Conversation) -> None:
    delegation = waiting(ada, conversation)
    delegation_ends.arrive(Delegation.objects.get(id=delegation.id), Question("Which?", {}))
    asking = state_of(delegation)
    Delegation.objects.filter(id=delegation.id).update(deadline=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())

    assert (asking, state_of(delegation)) == ("input_required", "failed")
    assert Delegation.objects.get(id=delegation.id).step == Step.CANCEL


def test_what_an_expert_has_said_is_shown_by_a_run_that_waits_to_who_comes_later(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    expert("counter")
    playing(lambda turn: turn.say("Let me ask somebody. ") or turn.delegate("counter", {"text": "x"}).text)
    run = ask(ada, conversation)
    carry(run)

    _, unfinished = news.opening(conversation.stream)

    assert [one.partial for one in unfinished] == ["Let me ask somebody. "]
    assert carry_on(run).state == RunState.COMPLETED
