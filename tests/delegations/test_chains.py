"""Experts that wait for each other, and those that take over from one that cannot."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contexts.models import Conversation
from dispatch import delegation_ends, delegation_work, delegations, placing
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import RunState
from integrations.contract import Handover, Result
from tests.delegations.consulted import HERE, begin, carry, consult, expert, place, placed, post, the
from tests.delegations.played import ask, carry_on
from tests.experts_app import acting, liars  # noqa: F401 - registers them
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)

S = DelegationState


def test_chain_is_three_deep_at_most_and_says_so(ada: Person, conversation: Conversation, playing: Any) -> None:
    for name in ("one", "two", "three", "four"):
        expert("boss", slug=name)
    task = {"text": "x", "to": "two"}
    playing(lambda turn: turn.delegate("one", task).text)
    run = ask(ada, conversation)
    carry(run)

    for to in ("three", "four", "five"):
        consult()
        Delegation.objects.filter(attempt=0).update(input={"text": "x", "to": to})
    finished = carry_on(run)

    chain = list(Delegation.objects.order_by("depth").values_list("slug", "depth", "state"))
    assert chain == [
        ("one", 0, "completed"),
        ("two", 1, "completed"),
        ("three", 2, "completed"),
        ("four", 3, "rejected"),
    ]
    assert Delegation.objects.get(slug="four").reason == "chain_too_long"
    assert finished.state == RunState.COMPLETED
    assert Delegation.objects.values("root").distinct().count() == 1


def test_same_expert_is_not_asked_the_same_by_who_waits_for_it(ada: Person, conversation: Conversation) -> None:
    expert("boss")
    expert("boss", slug="other")
    place(ada, conversation, "boss", {"text": "x", "to": "other"})
    consult()
    begun = delegations.claim(Delegation.objects.get(slug="other").id, HERE)
    assert begun

    delegation_ends.conclude(begun, Handover("boss", {"text": "x", "to": "other"}))

    refused = Delegation.objects.get(depth=2)
    assert (refused.state, refused.reason, refused.slug) == (S.REJECTED, "chain_circle", "boss")
    assert "waits" in refused.detail


def test_eight_take_part_in_a_chain_at_most(ada: Person, conversation: Conversation) -> None:
    expert("boss")
    expert("counter")
    start = place(ada, conversation, "boss", {"text": "x"})
    for number in range(placing.MOST_HOPS):
        delegation_ends.conclude(begin(Delegation.objects.get(id=start.id)), Handover("counter", {"text": f"{number}"}))
        part = Delegation.objects.order_by("-created_at")[0]
        if part.state == S.SUBMITTED:
            delegation_ends.conclude(begin(part), Result({"words": 1}, "One."))

    last = Delegation.objects.order_by("-created_at")[0]
    assert Delegation.objects.filter(root=start.id).count() == placing.MOST_HOPS + 1
    assert (last.state, last.reason) == (S.REJECTED, "chain_too_long")


def test_fallback_takes_over_once_where_an_expert_has_failed(ada: Person, conversation: Conversation) -> None:
    third = expert("counter")
    second = expert("broken", slug="second", retries=0, fallback=third)
    expert("broken", retries=0, fallback=second)
    run = post(ada, conversation, expert="broken")
    carry(run)

    consult()
    taken = the(run)
    consult()

    assert (taken.slug, taken.choice) == (
        "second",
        {"by": "fallback", "instead_of": "broken", "because": "expert_error"},
    )
    assert (the(run).state, the(run).slug) == (S.FAILED, "second")


def test_fallback_is_not_asked_what_it_waits_for_itself(ada: Person, conversation: Conversation) -> None:
    boss = expert("boss")
    expert("broken", retries=0, fallback=boss)
    start = place(ada, conversation, "boss", {"text": "x", "to": "broken"})

    for _ in range(4):
        consult()

    part = Delegation.objects.get(depth=1)
    assert (part.slug, part.state) == ("broken", S.FAILED)
    assert Delegation.objects.get(id=start.id).text == "I was told: expert_error"


def test_fallback_has_no_more_time_than_there_was(ada: Person, conversation: Conversation) -> None:
    expert("acting", timeout=1, fallback=expert("counter"))
    place(ada, conversation, "acting", {"text": "x", "do": "hang"})

    consult()

    assert (the().slug, the().state, the().reason) == ("acting", S.FAILED, "timeout")


def test_fallback_takes_over_what_has_killed_its_processes(ada: Person, conversation: Conversation) -> None:
    expert("acting", fallback=expert("counter"))
    [task] = placed(ada, conversation, "acting")
    Delegation.objects.update(crashes=delegation_work.CRASHES - 1)
    begin(task)
    Delegation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())
    consult()

    assert (the().slug, the().state) == ("counter", S.COMPLETED)
