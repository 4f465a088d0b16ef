"""Experts that wait for each other: who is resumed with what, and how long they have while people are asked."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from contexts.models import Conversation
from dispatch import delegation_ends, delegation_work, delegations
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import Run, RunState
from integrations.contract import Failure, Handover, Later, Question, Result
from project.models import Event
from tests.delegations.consulted import HERE, carry, consult, expert, place, post
from tests.marked_app import filters as _marked
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)

S = DelegationState
SHORT = timedelta(seconds=61)


def says(delegation: Delegation, update: Any) -> Delegation:
    """Its expert does the step that is due, and ends it with that."""
    claim = delegations.claim(delegation.id, HERE)
    assert claim
    assert delegation_ends.conclude(claim, update)
    return now(delegation)


def now(delegation: Delegation) -> Delegation:
    return Delegation.objects.select_related("conversation", "parent").get(id=delegation.id)


def part_of(delegation: Delegation) -> Delegation:
    return Delegation.objects.select_related("conversation", "parent").filter(parent=delegation).latest("created_at")


def left(delegation: Delegation) -> timedelta:
    return now(delegation).deadline - timezone.now()


@pytest.fixture
def chain(ada: Person, conversation: Conversation) -> tuple[Run, Delegation, Delegation]:
    """A run that waits for one expert, which waits for another one, which asks something."""
    expert("boss")
    expert("asker")
    run = post(ada, conversation, expert="boss")
    carry(run)
    boss = says(Delegation.objects.get(), Handover("asker", {"text": "x"}))
    part = says(part_of(boss), Question("Which?"))
    return Run.objects.get(id=run), boss, part


def test_who_waits_for_an_expert_that_asks_people_waits_as_long_as_they_may_take(
    ada: Person, chain: tuple[Run, Delegation, Delegation]
) -> None:
    run, boss, part = chain
    Delegation.objects.filter(id=part.id).update(deadline=timezone.now() + timedelta(hours=1))

    assert left(boss) > settings.PARKED
    assert run.due_at > now(boss).deadline
    ada.post(f"/api/v1/delegations/{part.id}/input", {"answer": "red"})

    assert now(part).state == S.WORKING
    assert settings.PARKED - timedelta(hours=1) < left(boss) < settings.PARKED - timedelta(hours=1) + SHORT


def test_who_waits_has_no_more_time_than_before_once_the_question_is_taken_back(
    ada: Person, chain: tuple[Run, Delegation, Delegation]
) -> None:
    _, boss, part = chain

    assert ada.post(f"/api/v1/delegations/{part.id}/cancel").status_code == 202

    assert (now(part).state, now(boss).step) == (S.CANCELED, "resume")
    assert left(boss) < SHORT


def test_question_that_nobody_answers_ends_before_who_waits_for_it(chain: tuple[Run, Delegation, Delegation]) -> None:
    run, boss, part = chain
    Delegation.objects.filter(id=part.id).update(deadline=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())

    assert (now(part).reason, now(boss).state, now(boss).step) == ("timeout", S.WORKING, "resume")
    run.refresh_from_db()
    assert run.state == RunState.WAITING


def test_run_waits_as_long_as_its_expert_may_take(ada: Person, conversation: Conversation) -> None:
    expert("counter", timeout=3 * 24 * 3600)

    run = carry(post(ada, conversation, expert="counter"))

    assert run.state == RunState.WAITING
    assert run.due_at > Delegation.objects.get().deadline


def test_fallback_begins_anew_and_what_others_do_for_the_one_before_it_ends(
    ada: Person, conversation: Conversation
) -> None:
    expert("boss", fallback=expert("counter"))
    expert("asker")
    boss = says(place(ada, conversation, "boss", {"text": "x"}), Question("Which?"))
    ada.post(f"/api/v1/delegations/{boss.id}/input", {"answer": "red"})
    boss = says(boss, Handover("asker", {"text": "x"}))
    part = part_of(boss)
    Delegation.objects.filter(id=boss.id).update(taken_by=ada.user, taken_at=timezone.now())

    delegation_ends.arrive(now(boss), Failure("no_luck"))
    taken = now(boss)
    consult()

    assert (taken.slug, taken.question, taken.answer, taken.taken_by, taken.taken_at) == ("counter", *[None] * 4)
    assert (now(part).state, now(boss).state) == (S.CANCELED, S.COMPLETED)


def test_expert_that_has_asked_something_else_meanwhile_is_not_resumed_with_what_a_part_answers(
    ada: Person, conversation: Conversation
) -> None:
    expert("boss")
    expert("counter")
    boss = says(place(ada, conversation, "boss", {"text": "x"}), Handover("counter", {"text": "x"}))
    delegation_ends.arrive(now(boss), Question("Which?"))
    ada.post(f"/api/v1/delegations/{boss.id}/input", {"answer": "red"})
    says(boss, Later())

    says(part_of(boss), Result({"words": 1}, "One."))

    assert (now(boss).state, now(boss).step) == (S.WORKING, "")
    assert (now(boss).answer or {})["value"] == "red"


@pytest.mark.parametrize(
    "said",
    [Handover("counter", {"text": "x"}, "please BLOCK ME now"), Handover("counter", {"text": "please BLOCK ME now"})],
    ids=["skill", "input"],
)
def test_no_word_of_a_handover_that_filters_refuse_is_told(
    ada: Person, conversation: Conversation, settings: Any, said: Handover
) -> None:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]
    expert("boss")

    boss = says(place(ada, conversation, "boss", {"text": "x"}), said)

    refused = part_of(boss)
    assert (refused.state, refused.reason, refused.skill) == (S.REJECTED, "input_refused", "")
    assert "BLOCK" not in str(list(Event.objects.values("data"))) + str(list(Delegation.objects.values()))


def test_fields_that_no_schema_names_are_not_known_whatever_they_are_called(
    ada: Person, conversation: Conversation
) -> None:
    expert("boss")
    conversation.metadata = {"colour": "green"}
    conversation.save()

    known = {"a word for everybody": "colour", "size": "size"}
    says(place(ada, conversation, "boss", {"text": "x"}), Question("Which?", {}, known))

    assert "a word for everybody" not in str(list(Event.objects.values("data")))
