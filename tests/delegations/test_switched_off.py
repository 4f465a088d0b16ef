"""What staff do to an expert holds for tasks that were given to it before and wait for their turn."""

import pytest

from contexts.models import Message
from dispatch.delegation_models import Delegation, DelegationState, Step
from integrations.models import Expert, Health
from tests.delegations.consulted import carry, consult, expert, place, post, the
from tests.delegations.distant import due, row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"enabled": False}, "expert_disabled"),
        ({"health": Health.CHANGED}, "expert_changed"),
        ({"adapter": "planned", "settings": {}}, "expert_planned"),
    ],
)
def test_a_task_that_waits_is_not_given_to_an_expert_that_may_not_be_asked_any_more(ada, conversation, fields, reason):
    counter = expert("counter")
    run = post(ada, conversation, expert="counter")
    carry(run)

    Expert.objects.filter(id=counter.id).update(**fields)
    consult()

    assert (the(run).state, the(run).reason, the(run).output) == (DelegationState.FAILED, reason, None)
    assert Message.objects.get(id=carry(run).reply).metadata["fallback"] is True


@pytest.mark.parametrize(
    ("fields", "state"),
    [({"enabled": False}, DelegationState.WORKING), ({"health": Health.CHANGED}, DelegationState.FAILED)],
    ids=["switched off", "changed"],
)
def test_what_it_has_begun_it_may_end_unless_it_is_not_what_was_agreed_to(ada, conversation, far, fields, state):
    row(far)
    place(ada, conversation, "far", {"text": "x", "do": "poll"})
    consult()

    Expert.objects.update(**fields)
    due()
    consult()

    assert the().state == state


def test_far_side_that_is_given_up_is_told(ada, conversation, far):
    row(far)
    place(ada, conversation, "far", {"text": "x", "do": "poll"})
    consult()
    far.begun.clear()
    for _ in range(2):
        due()
        consult()

    assert (the().state, the().reason) == (DelegationState.FAILED, "expert_refused")
    assert far.types() == ["delegation.start", "delegation.poll", "delegation.cancel"]
    assert (the().step, the().remote) == ("", "far-1")


def test_its_fallback_takes_such_a_task_up(ada, conversation):
    stands_by = expert("counter")
    asker = expert("asker", fallback=stands_by)
    run = post(ada, conversation, expert="asker")
    carry(run)

    Expert.objects.filter(id=asker.id).update(enabled=False)
    consult()
    consult()

    assert Message.objects.get(id=carry(run).reply).text == "There are 4 words."


def test_an_answer_is_not_sent_to_an_expert_that_has_changed(ada, conversation):
    asker = expert("asker")
    run = post(ada, conversation, expert="asker")
    carry(run)
    consult()
    Delegation.objects.update(
        state=DelegationState.WORKING, step=Step.RESUME, due_at=the(run).created_at, answer={"value": {"colour": "red"}}
    )

    Expert.objects.filter(id=asker.id).update(health=Health.CHANGED)
    consult()

    assert (the(run).state, the(run).reason, the(run).text) == (DelegationState.FAILED, "expert_changed", "")
