"""Delegations to a real HTTP expert: at once, polled, asked, canceled, and when it is not as it should be."""

import pytest
from django.db import transaction
from django.utils import timezone

from dispatch import delegation_ends
from dispatch.delegation_models import Delegation, DelegationState
from project import log
from tests.delegations.consulted import consult, expert, place, the, uses
from tests.delegations.distant import due, row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("do", "state", "reason"),
    [
        ("answer", DelegationState.COMPLETED, ""),
        ("fail", DelegationState.FAILED, "no_luck"),
        ("reject", DelegationState.REJECTED, "rejected"),
        ("sign_in", DelegationState.AUTH_REQUIRED, ""),
        ("lie", DelegationState.FAILED, "bad_answer"),
        ("wrong", DelegationState.FAILED, "wrong_schema"),
        ("redirect", DelegationState.FAILED, "bad_answer"),
        ("refuse", DelegationState.FAILED, "expert_refused"),
    ],
)
def test_what_the_far_side_says_is_what_comes_of_it(ada, conversation, far, do, state, reason):
    row(far)
    place(ada, conversation, "far", {"text": "one two three", "do": do})

    consult()

    found = the()
    assert (found.state, found.reason) == (state, reason)
    assert uses() == (1 if state in (DelegationState.COMPLETED, DelegationState.FAILED) else 0)


def test_far_side_that_is_busy_is_asked_again_and_can_tell_that_it_is_the_same_task(ada, conversation, far):
    row(far)
    place(ada, conversation, "far", {"text": "one two", "do": "busy"})

    consult()
    due()
    consult()

    assert the().state == DelegationState.COMPLETED
    assert len(set(far.ids)) == 1
    assert [body["attempt"] for body in far.heard] == [1, 2]


def test_what_takes_longer_is_polled_until_it_is_done(ada, conversation, far):
    row(far)
    place(ada, conversation, "far", {"text": "one two", "do": "poll"})

    consult()
    due()
    consult()
    halfway = the()
    far.finish()
    due()
    consult()

    assert (halfway.state, halfway.remote) == (DelegationState.WORKING, "far-1")
    assert the().output == {"words": 2}
    assert far.types() == ["delegation.start", "delegation.poll", "delegation.poll"]
    assert far.heard[-1]["task"] == "far-1"


def test_far_side_that_has_forgotten_its_task_ends_it(ada, conversation, far):
    row(far)
    place(ada, conversation, "far", {"text": "one two", "do": "poll"})
    consult()
    far.begun.clear()
    due()

    consult()

    assert (the().state, the().reason) == (DelegationState.FAILED, "expert_refused")


def test_answers_to_its_questions_are_told_apart(ada, conversation, far):
    row(far)
    place(ada, conversation, "far", {"text": "one two", "do": "ask"})
    consult()
    asked = the()

    answer = {"answer": {"value": {"colour": "red"}, "by": "user"}, "state": "working", "step": "resume"}
    Delegation.objects.update(due_at=timezone.now(), **answer)
    consult()

    assert asked.state == DelegationState.INPUT_REQUIRED
    assert asked.question
    assert asked.question["prompt"] == "Which colour?"
    assert the().text == "It is red."
    assert far.ids == [f"{asked.id}.start", f"{asked.id}.resume.1"]


def test_cancel_reaches_the_far_side(ada, conversation, far):
    row(far)
    place(ada, conversation, "far", {"text": "one two", "do": "wait"})
    consult()
    found = the()

    with transaction.atomic():
        log.lock(conversation.stream)
        delegation_ends.cancel(found, {"kind": "user", "id": "x"})
    consult()

    assert far.canceled == {str(found.id)}


def test_part_that_is_handed_over_is_a_turn_too(ada, conversation):
    expert("boss")
    expert("counter")
    place(ada, conversation, "boss", {"text": "one two three"})

    for _ in range(3):
        consult()

    assert [found.turn for found in Delegation.objects.order_by("depth")] == [1, 0]
