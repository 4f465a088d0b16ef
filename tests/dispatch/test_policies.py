"""What a conversation does with a message while another one is open, by its policy. At once: `test_at_once.py`."""

from typing import Any
from uuid import UUID

import pytest

from contexts import conversations
from contexts.models import Conversation, Message
from dispatch import conclusion, leases, runs
from dispatch.handlers import Reply
from dispatch.models import Run
from dispatch.outcomes import Outcome
from project.models import Event
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(ada: Person) -> Any:
    return lambda policy: conversations.create(ada.user, ada.workspace.id, {"policy": policy})


def say(person: Person, conversation: Conversation, **headers: str) -> Any:
    return person.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}, **headers)


def taken(person: Person, conversation: Conversation) -> UUID:
    answer = say(person, conversation)
    assert answer.status_code == 202, answer.content
    return UUID(answer.json()["run"])


def answered(run: UUID) -> None:
    claim = runs.claim(run, "one")
    assert claim
    conclusion.conclude(run, claim.attempt, Outcome(Reply("done")))


def shown(person: Person, run: UUID) -> dict[str, Any]:
    found: dict[str, Any] = person.get(f"/api/v1/runs/{run}/").json()
    return found


def positions(conversation: Conversation) -> list[int]:
    queued = Event.objects.after(conversation.stream, 0).filter(type="run.queued")
    return [event.data["position"] for event in queued]


def test_position_is_told_and_shrinks_as_others_end(ada: Person, make: Any) -> None:
    conversation = make("enqueue")
    queue = [taken(ada, conversation) for _ in range(3)]

    answered(queue[0])

    assert positions(conversation) == [0, 1, 2]
    assert [shown(ada, run)["position"] for run in queue] == [None, 0, 1]


def test_a_running_run_has_no_position_and_counts_for_others(ada: Person, make: Any) -> None:
    first, second = (taken(ada, conversation) for conversation in [make("enqueue")] * 2)

    runs.claim(first, "one")

    assert [shown(ada, run)["position"] for run in (first, second)] == [None, 1]


def test_run_given_back_tells_its_position(ada: Person, make: Any) -> None:
    conversation = make("enqueue")
    first, _ = taken(ada, conversation), taken(ada, conversation)
    runs.claim(first, "one")

    leases.release_held("one", [first], "drain")

    assert positions(conversation) == [0, 1, 0]


def test_busy_conversation_refuses_everybody_and_keeps_nothing(ada: Person, bob: Person, make: Any) -> None:
    conversation = make("reject")
    run = taken(ada, conversation)
    before = Event.objects.count()

    refusals = [say(ada, conversation), say(bob, conversation)]
    runs.claim(run, "one")
    refusals.append(say(bob, conversation))

    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [(409, "conversation_busy")] * 3
    assert (Message.objects.count(), Run.objects.count(), Event.objects.count()) == (1, 1, before + 1)


def test_conversation_that_rejects_takes_the_next_when_it_is_free(ada: Person, make: Any) -> None:
    conversation = make("reject")
    answered(taken(ada, conversation))

    assert say(ada, conversation).status_code == 202


def test_retry_of_the_message_that_makes_it_busy_is_no_new_one(ada: Person, make: Any) -> None:
    conversation = make("reject")
    first = say(ada, conversation, **{"Idempotency-Key": "once"})

    again = say(ada, conversation, **{"Idempotency-Key": "once"})

    assert (again.status_code, again.json()) == (202, first.json())


@pytest.mark.parametrize("policy", ["reject", "enqueue", "interrupt", "parallel"])
def test_stranger_does_not_learn_that_a_conversation_is_busy(ada: Person, eve: Person, make: Any, policy: str) -> None:
    conversation = make(policy)
    taken(ada, conversation)

    assert say(eve, conversation).status_code == 404
    assert list(Run.objects.values_list("state", flat=True)) == ["queued"]


def test_parallel_runs_wait_for_none_of_their_conversation(ada: Person, make: Any) -> None:
    conversation = make("parallel")
    first, second, third = (taken(ada, conversation) for _ in range(3))
    runs.claim(first, "one")

    assert runs.next_due(10, "one") == [second, third]
    assert runs.claim(third, "other")
    assert positions(conversation) == [0, 0, 0]


@pytest.mark.parametrize("policy", ["enqueue", "parallel"])
def test_open_messages_are_bounded(ada: Person, make: Any, settings: Any, policy: str) -> None:
    settings.QUEUE_LIMIT = 2
    conversation = make(policy)
    runs.claim(taken(ada, conversation), "one")
    taken(ada, conversation)

    answer = say(ada, conversation)

    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")


def test_run_in_order_waits_for_earlier_parallel_ones_and_not_for_later_ones(ada: Person, make: Any) -> None:
    conversation = make("parallel")
    early = taken(ada, conversation)
    conversation = conversations.change(ada.user, conversation, {"policy": "enqueue"})
    ordered = taken(ada, conversation)
    conversation = conversations.change(ada.user, conversation, {"policy": "parallel"})
    late = taken(ada, conversation)
    runs.claim(early, "one")
    runs.claim(late, "one")

    before = runs.next_due(10, "one")
    conclusion.conclude(early, 1, Outcome(Reply("done")))

    assert (before, runs.next_due(10, "one")) == ([], [ordered])
    assert runs.claim(ordered, "one")


def test_interrupting_message_supersedes_those_that_wait(ada: Person, make: Any) -> None:
    conversation = make("enqueue")
    running, *waiting = (taken(ada, conversation) for _ in range(4))
    runs.claim(running, "one")
    conversation = conversations.change(ada.user, conversation, {"policy": "interrupt"})

    last = taken(ada, conversation)

    assert [shown(ada, run)["state"] for run in waiting] == ["superseded"] * 3
    ended = Event.objects.after(conversation.stream, 0).filter(type="run.superseded")
    assert {event.run for event in ended} == set(waiting)
    assert (shown(ada, last)["state"], shown(ada, last)["position"]) == ("queued", 1)
