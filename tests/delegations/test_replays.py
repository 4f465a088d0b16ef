"""A handler that waits for experts is called again from its first line, and what it asked before returns at once."""

import time
from typing import Any

import pytest

from contexts.models import Conversation, Message, MessageRole
from dispatch import leases, runs
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import Call, Route, Run, RunState
from dispatch.replaying import DelegationFailed
from dispatch.turns import MOST_CALLS, Turn
from tests.delegations.consulted import carry, consult, expert, told
from tests.delegations.played import ask, carry_on
from tests.experts_app import liars  # noqa: F401 - registers them
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def text(run: Run) -> str:
    return Message.objects.get(id=run.reply).text


def asked() -> list[tuple[str, str]]:
    return list(Delegation.objects.order_by("created_at").values_list("slug", "state"))


@pytest.mark.parametrize("sync", [True, False])
def test_two_experts_in_a_row_are_asked_once_each(
    ada: Person, conversation: Conversation, playing: Any, sync: bool
) -> None:
    lines: list[str] = []

    def play(turn: Turn) -> str:
        lines.append("first line")
        first = turn.delegate("counter", {"text": "one two"})
        second = turn.delegate("counter", {"text": f"{first.output['words']} and more words"})
        return f"{first.text} {second.text}"

    expert("counter")
    playing(play, sync=sync)
    finished = carry_on(ask(ada, conversation))

    assert text(finished) == "There are 2 words. There are 4 words."
    assert (finished.state, finished.attempt, len(lines)) == (RunState.COMPLETED, 3, 3)
    assert asked() == [("counter", DelegationState.COMPLETED)] * 2
    assert [told(conversation).count(type) for type in ("run.waiting", "run.completed")] == [2, 1]


def test_expert_that_is_not_waited_for_answers_by_itself(ada: Person, conversation: Conversation, playing: Any) -> None:
    task = {"text": "one"}

    def play(turn: Turn) -> str:
        first = turn.delegate("counter", task, wait=False)
        task["text"] = "one two"
        turn.delegate("counter", task, wait=False)
        task["text"] = "one"
        return f"{first.expert} is asked."

    expert("counter")
    playing(play)
    run = carry(ask(ada, conversation))
    at_once = text(run)
    consult()

    assert (run.state, run.attempt, at_once) == (RunState.COMPLETED, 1, "counter is asked.")
    said = Message.objects.filter(role=MessageRole.EXPERT).order_by("seq").values_list("text", flat=True)
    assert sorted(said) == ["There are 1 words.", "There are 2 words."]


@pytest.mark.parametrize(
    "change",
    [
        lambda turn: turn.delegate("asker", {"text": "x"}).text,
        lambda turn: turn.delegate("counter", {"text": "y"}).text,
        lambda turn: turn.delegate("counter", {"text": "x"}, wait=False).text,
        lambda turn: "It asks nobody.",
    ],
)
def test_handler_that_asks_otherwise_than_before_leaves_one_marked_fallback(
    ada: Person, conversation: Conversation, playing: Any, change: Any
) -> None:
    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}).text)
    run = ask(ada, conversation)
    carry(run)
    consult()

    playing(change)
    finished = carry(run)

    assert finished.state == RunState.FAILED
    replies = Message.objects.filter(role=MessageRole.ASSISTANT)
    assert [reply.metadata for reply in replies] == [{"fallback": True, "reason": "replay_mismatch"}]
    assert len(asked()) == 1


def test_handler_that_swallows_a_mismatch_is_found_out(ada: Person, conversation: Conversation, playing: Any) -> None:
    def swallow(turn: Turn) -> str:
        try:
            return turn.delegate("counter", {"text": "y"}).text
        except BaseException:  # noqa: BLE001 - what this handler is for
            return "Nothing happened."

    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}).text)
    run = ask(ada, conversation)
    carry(run)
    consult()
    playing(swallow)

    assert (carry(run).error or {})["code"] == "replay_mismatch"


def test_handler_that_swallows_its_parking_waits_all_the_same(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    def swallow(turn: Turn) -> str:
        try:
            return turn.delegate("counter", {"text": "x"}).text
        except BaseException:  # noqa: BLE001
            turn.delegate("counter", {"text": "beside"}, wait=False)
            return "I do not wait."

    expert("counter")
    playing(swallow)
    run = ask(ada, conversation)

    parked = carry(run)

    assert parked.state == RunState.WAITING
    assert not Message.objects.filter(role=MessageRole.ASSISTANT).exists()


def test_failure_of_an_expert_can_be_caught(ada: Person, conversation: Conversation, playing: Any) -> None:
    def play(turn: Turn) -> str:
        try:
            return turn.delegate("broken", {"text": "x"}).text
        except DelegationFailed as error:
            return f"{error.expert}: {error.reason}"

    expert("broken", retries=0)
    playing(play)

    finished = carry_on(ask(ada, conversation))

    assert (finished.state, text(finished)) == (RunState.COMPLETED, "broken: expert_error")


@pytest.mark.parametrize(
    ("slug", "reason"), [("nobody", "expert_unknown"), ("counter", "expert_unfit"), ("x" * 500, "expert_unknown")]
)
def test_who_cannot_be_asked_is_a_failure_that_can_be_caught(
    ada: Person, conversation: Conversation, playing: Any, slug: str, reason: str
) -> None:
    def play(turn: Turn) -> str:
        try:
            return turn.delegate(slug, {"number": 1}).text
        except DelegationFailed as error:
            return error.reason

    expert("counter")
    playing(play)

    finished = carry_on(ask(ada, conversation))

    assert (finished.state, text(finished)) == (RunState.COMPLETED, reason)
    assert [state for _, state in asked()] == [DelegationState.REJECTED]


@pytest.mark.parametrize("given", [("\x00", {}), (7, {}), ("counter", {1, 2}), ("counter", {"text": "\ud800"})])
def test_call_that_no_expert_could_be_sent_breaks_its_handler_alone(
    ada: Person, conversation: Conversation, playing: Any, given: Any
) -> None:
    playing(lambda turn: turn.delegate(*given).text)

    finished = carry(ask(ada, conversation))

    assert (finished.state, (finished.error or {})["code"]) == (RunState.FAILED, "handler_error")
    assert asked() == []


def test_calls_of_one_run_are_bounded(ada: Person, conversation: Conversation, playing: Any) -> None:
    def play(turn: Turn) -> str:
        for number in range(MOST_CALLS + 1):
            turn.delegate("counter", {"text": str(number)}, wait=False)
        return "all asked"

    expert("counter")
    playing(play)

    finished = carry(ask(ada, conversation))

    assert (finished.error or {})["code"] == "handler_error"
    assert asked() == []


def test_attempt_that_breaks_between_two_experts_asks_nobody_again(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    attempts: list[int] = []

    def play(turn: Turn) -> str:
        attempts.append(turn.attempt)
        first = turn.delegate("counter", {"text": "x"})
        if len(attempts) == 2:
            raise OSError("broken once")
        second = turn.delegate("counter", {"text": "x y"})
        return f"{first.text} {second.text}"

    expert("counter")
    playing(play, retry_on=(OSError,))
    run = ask(ada, conversation)
    carry(run)
    consult()
    again = carry(run)
    Run.objects.filter(id=run).update(due_at=again.queued_at)

    finished = carry_on(run)

    assert (again.state, again.failures) == (RunState.QUEUED, 1)
    assert text(finished) == "There are 1 words. There are 2 words."
    assert len(asked()) == 2


def test_crash_between_two_experts_asks_nobody_again(ada: Person, conversation: Conversation, playing: Any) -> None:
    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}).text + turn.delegate("counter", {"text": "x y"}).text)
    run = ask(ada, conversation)
    carry(run)
    consult()
    assert runs.claim(run, "a process that dies")
    leases.release(Run.objects.get(id=run), "lease_lost", 1)

    finished = carry_on(run)

    assert text(finished) == "There are 1 words.There are 2 words."
    assert len(asked()) == 2


def routed(conversation: Conversation, *names: str, **fields: Any) -> None:
    usual = {"name": "all", "conditions": {"kind": ["test.playing"]}, "handlers": list(names)}
    Route.objects.create(workspace=conversation.workspace, **{**usual, **fields})


def test_chain_goes_on_once_its_first_handler_has_its_answer(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}).text, name="first_test")
    playing(lambda turn: f"{turn.previous.text} {turn.delegate('counter', {'text': 'x y'}).text}", name="last_test")
    routed(conversation, "first_test", "last_test", policy="chain")

    finished = carry_on(ask(ada, conversation))

    assert text(finished) == "There are 1 words. There are 2 words."
    assert len(asked()) == 2


def test_all_waits_for_every_handler_that_waits(ada: Person, conversation: Conversation, playing: Any) -> None:
    expert("counter")
    playing(lambda turn: "At once.", name="quick_test")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}).text, name="one_test")
    playing(lambda turn: turn.delegate("counter", {"text": "x y"}).text, name="other_test")
    routed(conversation, "quick_test", "one_test", "other_test", policy="all")

    finished = carry_on(ask(ada, conversation))

    said = Message.objects.filter(run=finished.id, role=MessageRole.ASSISTANT).order_by("seq")
    assert [message.text for message in said] == ["At once.", "There are 1 words.", "There are 2 words."]
    assert len(asked()) == 2


def test_deadline_of_a_route_is_for_running_time_alone(ada: Person, conversation: Conversation, playing: Any) -> None:
    left: list[float] = []

    def play(turn: Turn) -> str:
        left.append(turn.seconds_left)
        time.sleep(0.2)
        return turn.delegate("counter", {"text": "x"}).text

    expert("counter")
    playing(play)
    routed(conversation, "playing_test", deadline=20)
    run = ask(ada, conversation)
    parked = carry(run)
    Run.objects.filter(id=run).update(ran=parked.ran + 10)  # as if it had run for so long, however long it waited

    finished = carry_on(run)

    assert finished.state == RunState.COMPLETED
    assert 0.2 <= parked.ran < 10
    assert 0 < left[1] < left[0] - 10


def test_waiting_is_no_failure_of_the_handler(ada: Person, conversation: Conversation, playing: Any) -> None:
    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}).text)
    carry_on(ask(ada, conversation))

    shown = ada.get("/api/v1/handlers/").json()

    assert list(Call.objects.order_by("attempt").values_list("result", flat=True)) == ["waiting", "replied"]
    assert next(one["counts"]["error_rate"] for one in shown if one["name"] == "playing_test") == 0


def test_nothing_at_all_is_an_input_too(ada: Person, conversation: Conversation, playing: Any) -> None:
    expert("talker", retries=0)
    playing(lambda turn: turn.delegate("talker", None, wait=False).expert)

    assert carry(ask(ada, conversation)).state == RunState.COMPLETED
