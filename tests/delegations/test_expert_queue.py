"""Who is asked when: room, priority, retries, leases that are lost."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from contexts.models import Conversation, Message, MessageRole
from dispatch import delegation_ends, delegation_work, delegations, open_delegations
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import RunState
from dispatch.runs import HEAD_START
from integrations.contract import Handover, Later, Question, Result
from project import log
from tests.delegations.consulted import HERE, begin, carry, consult, expert, placed, post, the, uses
from tests.experts_app import acting, liars  # noqa: F401 - registers them
from tests.live import in_parallel
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)

S = DelegationState


def test_expert_has_no_more_tasks_at_a_time_than_its_row_says(ada: Person, conversation: Conversation) -> None:
    expert("acting", concurrency=2)
    first, second, third = placed(ada, conversation, "acting", 3)

    offered = delegations.next_due(10, HERE)
    claims = [delegations.claim(one.id, f"process {number}") for number, one in enumerate((first, second, third))]

    assert offered == [first.id, second.id]
    assert [claim is not None for claim in claims] == [True, True, False]
    assert delegations.next_due(10, HERE) == []


def test_room_is_counted_by_all_who_claim_at_the_same_moment(ada: Person, conversation: Conversation) -> None:
    expert("acting", concurrency=2)
    tasks = placed(ada, conversation, "acting", 6)

    claims = in_parallel([partial(_claimed, one.id, f"process {number}") for number, one in enumerate(tasks)])

    assert sum(claims) == 2
    assert Delegation.objects.filter(lease_until__isnull=False).count() == 2


def _claimed(id: UUID, holder: str) -> bool:
    try:
        return delegations.claim(id, holder) is not None
    finally:
        connections.close_all()


@pytest.mark.parametrize(
    ("ends_with", "room"),
    [
        (Result({"words": 1}), True),
        (Later(), False),
        (Later(poll=5), False),
        (Question("Which?"), True),
        (Handover("counter", {"text": "x"}), True),
    ],
)
def test_what_goes_on_at_its_far_side_takes_room_and_what_waits_for_others_does_not(
    ada: Person, conversation: Conversation, ends_with: Any, room: bool
) -> None:
    expert("acting", concurrency=1)
    expert("counter")
    first, second = placed(ada, conversation, "acting", 2)

    delegation_ends.conclude(begin(first), ends_with)

    assert (second.id in delegations.next_due(10, HERE)) is room
    assert (delegations.claim(second.id, HERE) is not None) is room


def test_full_expert_keeps_nobody_elses_task_waiting(ada: Person, conversation: Conversation) -> None:
    expert("acting", concurrency=1)
    expert("counter")
    begin(placed(ada, conversation, "acting")[0])
    placed(ada, conversation, "acting", 9)
    [other] = placed(ada, conversation, "counter")

    assert delegations.next_due(2, "another process") == [other.id]


def test_higher_priority_is_offered_first_and_then_who_waited_longer(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    old, new, urgent = placed(ada, conversation, "counter", 3)
    Delegation.objects.filter(id=urgent.id).update(priority=1)

    assert delegations.next_due(10, HERE) == [urgent.id, old.id, new.id]


def test_priority_is_a_head_start_and_no_more(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    old, urgent = placed(ada, conversation, "counter", 2)
    Delegation.objects.filter(id=old.id).update(due_at=timezone.now() - HEAD_START - timedelta(seconds=1))
    Delegation.objects.filter(id=urgent.id).update(priority=1)

    assert delegations.next_due(10, HERE) == [old.id, urgent.id]


def test_expert_takes_half_of_the_places_of_a_process_at_most(ada: Person, conversation: Conversation) -> None:
    expert("acting")
    expert("counter")
    slow = placed(ada, conversation, "acting", 8)
    [other] = placed(ada, conversation, "counter")
    offered = delegations.next_due(8, HERE)

    for one in slow[:4]:
        begin(one)

    assert offered == [*(one.id for one in slow[:4]), other.id]
    assert delegations.next_due(8, HERE) == [other.id]
    assert delegations.next_due(8, "another process")[:4] == [one.id for one in slow[4:]]


def test_what_has_begun_finds_a_place_beside_all_that_begins(ada: Person, conversation: Conversation) -> None:
    for name in ("one", "two"):
        expert("acting", slug=name)
    canceled, *tasks = [task for name in ("one", "two") for task in placed(ada, conversation, name, 5)]
    delegation_ends.conclude(begin(canceled), Later())
    for one in [*tasks[:4], *tasks[5:]]:
        if delegations.next_due(8, HERE):
            begin(one)
    open_delegations.cancel(canceled.id, dict(log.SYSTEM))

    assert delegations.next_due(8, HERE) == [canceled.id]


def test_expert_that_breaks_is_asked_again_as_often_as_its_row_says_and_later_each_time(
    ada: Person, conversation: Conversation
) -> None:
    expert("broken", retries=2)
    run = post(ada, conversation, expert="broken")
    carry(run)
    pauses = []

    while the(run).state in (S.SUBMITTED, S.WORKING):
        consult()
        if the(run).due_at:
            pauses.append((the(run).due_at - timezone.now()).total_seconds())
            Delegation.objects.update(due_at=timezone.now())

    assert (the(run).attempt, the(run).reason) == (3, "expert_error")
    assert 0 < pauses[0] <= 2 < pauses[1] + 1 <= 5
    assert carry(run).state == RunState.FAILED


def test_retry_that_would_come_too_late_is_not_waited_for(ada: Person, conversation: Conversation) -> None:
    expert("broken", retries=9, timeout=1)
    run = post(ada, conversation, expert="broken")
    carry(run)
    Delegation.objects.update(failures=3)

    consult()

    assert (the(run).state, the(run).attempt) == (S.FAILED, 1)


def test_time_that_is_over_before_it_begins_begins_nothing(ada: Person, conversation: Conversation) -> None:
    expert("acting")
    placed(ada, conversation, "acting")
    Delegation.objects.update(deadline=timezone.now() - timedelta(seconds=1), input={"text": "x", "do": "crash"})

    consult()

    assert (the().state, the().reason) == (S.FAILED, "timeout")


def test_lost_lease_is_taken_up_at_once_and_who_had_it_is_fenced_out(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    run = post(ada, conversation, "one two", expert="counter")
    carry(run)
    dead = begin(the(run), "a process that dies")
    Delegation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())
    done = consult()
    late = delegation_ends.conclude(dead, Result({"words": 7}, "Seven."))

    assert (done, late) == (1, False)
    assert [message.text for message in Message.objects.filter(role=MessageRole.EXPERT)] == ["There are 2 words."]


def test_lease_is_renewed_by_who_has_it_alone(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    [one] = placed(ada, conversation, "counter")
    begin(one, "mine")
    Delegation.objects.update(lease_until=timezone.now())

    delegations.renew("another", [one.id])
    after_another = the().lease_until
    delegations.renew("mine", [one.id])

    assert after_another < timezone.now() < the().lease_until


def test_drain_gives_back_what_is_begun(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    [one] = placed(ada, conversation, "counter")
    claim = begin(one, "a process that stops")

    delegation_work.give_back("a process that stops", [one.id], "drain")

    assert delegations.next_due(10, HERE) == [one.id]
    assert delegation_ends.conclude(claim, Result({"words": 1})) is False


def test_task_that_blocks_its_loop_fails_and_no_other(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    one, other = placed(ada, conversation, "counter", 2)
    begin(one, "stuck")
    begin(other, "another")

    delegation_work.fail("stuck", one.id)
    delegation_work.fail("stuck", other.id)

    assert list(Delegation.objects.order_by("created_at").values_list("state", "reason")) == [
        (S.FAILED, "timeout"),
        (S.SUBMITTED, ""),
    ]


def test_all_that_is_out_of_time_ends_in_one_turn(ada: Person, conversation: Conversation) -> None:
    expert("counter")
    placed(ada, conversation, "counter", delegations.AT_ONCE + 2)
    Delegation.objects.update(deadline=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())

    assert set(Delegation.objects.values_list("state", "reason")) == {(S.FAILED, "timeout")}
    assert uses() == 0  # there was no room for them: that says nothing of their expert
