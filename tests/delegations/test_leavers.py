"""Experts that try to end the process, or cannot be made: their own task ends, and tells no secrets."""

from typing import Any

import pytest
from django.utils import timezone

from contexts.models import Conversation
from dispatch import delegation_ends, fitting
from dispatch.delegation_models import Delegation, DelegationState, Step
from project.models import Event
from tests.delegations.consulted import consult, expert, place, the
from tests.experts_app import leavers  # noqa: F401 - registers them
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("slug", "fields", "reason"),
    [
        ("unmade", {}, "expert_broken"),
        ("counter", {"secret": "sealed with a key that is gone"}, "expert_broken"),
        ("counter", {"settings": {"expert": "gone"}}, "expert_missing"),
    ],
    ids=["it ends the process", "no such key", "no such code"],
)
def test_expert_that_cannot_be_made_is_broken_and_operators_alone_learn_why(
    ada: Person, conversation: Conversation, slug: str, fields: dict[str, Any], reason: str
) -> None:
    made = expert(slug, retries=0)
    place(ada, conversation, slug, {"text": "x"})
    type(made).objects.update(**fields)

    consult()

    assert (the().state, the().reason) == (DelegationState.FAILED, reason)
    told = Event.objects.get(type="delegation.failed").data["detail"]
    assert not any(word in told for word in ("VAULT_KEY", "secret", "acting", "no word of this"))


def test_expert_that_wants_to_end_the_process_when_it_is_canceled_is_told_a_few_times(
    ada: Person, conversation: Conversation
) -> None:
    expert("leaver")
    task = place(ada, conversation, "leaver", {"text": "x"})
    consult()
    ada.post(f"/api/v1/delegations/{task.id}/cancel")

    for _ in range(delegation_ends.CANCELS):
        assert the().step == Step.CANCEL
        type(task).objects.update(due_at=timezone.now())
        consult()

    assert (the().state, the().step, the().due_at) == (DelegationState.CANCELED, "", None)


def test_expert_that_asks_without_end_is_given_up(ada: Person, conversation: Conversation) -> None:
    expert("nagger")
    task = place(ada, conversation, "nagger", {"text": "x"})

    steps = 0
    while consult() and steps < 30:
        steps += 1

    ended = Delegation.objects.get(id=task.id)
    assert (ended.state, ended.reason) == (DelegationState.FAILED, "bad_answer")
    assert Delegation.objects.filter(parent=task).count() == fitting.MOST_TURNS
