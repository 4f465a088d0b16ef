"""What is said for an expert on another way than through its adapter: by a callback, or by a person."""

import pytest

from dispatch import delegation_ends
from dispatch.delegation_models import DelegationState
from integrations.contract import Progress, Result
from project.models import Event
from tests.delegations.consulted import carry, expert, post, the, uses

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = {"kind": "staff", "id": "grace"}


@pytest.fixture
def open_one(ada, conversation):
    expert("counter")
    run = post(ada, conversation, expert="counter")
    carry(run)
    return delegation_ends.found(the(run).id)


def test_progress_is_told_with_who_says_so(conversation, open_one):
    heard = delegation_ends.arrive(open_one, Progress(0.5, "Half"), STAFF)

    told = Event.objects.get(stream=conversation.stream, type="delegation.working")
    assert heard
    assert (told.actor, told.data["progress"], told.data["text"]) == (STAFF, 0.5, "Half")
    assert (the().state, the().said) == (DelegationState.WORKING, "Half")


def test_result_is_told_with_who_says_so_and_counts_as_a_use(conversation, open_one):
    delegation_ends.arrive(open_one, Result({"words": 4}), STAFF)

    assert Event.objects.get(stream=conversation.stream, type="delegation.completed").actor == STAFF
    assert uses() == 1


def test_what_comes_after_the_end_is_refused(open_one):
    late = delegation_ends.found(open_one.id)
    delegation_ends.arrive(open_one, Result({"words": 4}))

    assert late
    assert not delegation_ends.arrive(late, Progress(0.9, "Late"))
    assert not delegation_ends.arrive(late, Result({"words": 5}))
    assert the().output == {"words": 4}
    assert uses() == 1
