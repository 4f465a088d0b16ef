"""Whatever an expert says, its delegation comes to one end, and only what filters let through is written anywhere."""

import threading
from typing import Any

import pytest

from contexts import conversations
from contexts.models import Conversation, Message, MessageRole
from dispatch import delegation_ends, delegation_progress, delegation_work, delegations
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import RunState
from integrations.contract import Progress, Question, Result
from project.models import Event
from security.screening_models import KeptFinding
from tests.delegations.consulted import carry, consult, expert, post, the, told
from tests.delegations.played import ask, run_of
from tests.experts_app import liars  # registers them
from tests.marked_app import filters as _marked
from tests.modes import once
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), once]


def begun(person: Person, conversation: Conversation, slug: str = "counter") -> Delegation:
    """A delegation whose expert is at work, in the hands of this process."""
    expert(slug)
    run = post(person, conversation, expert=slug)
    carry(run)
    return the(run)


def held(delegation: Delegation) -> delegations.Claim:
    claim = delegations.claim(delegation.id, "here")
    assert claim
    return claim


def events(conversation: Conversation, type: str) -> list[dict[str, Any]]:
    return list(
        Event.objects.filter(stream=conversation.stream, type=type).order_by("seq").values_list("data", flat=True)
    )


def test_what_no_expert_may_say_ends_its_task_at_once_and_is_stored_nowhere(
    ada: Person, subtests: pytest.Subtests
) -> None:
    expert("liar", retries=0)
    expert("counter")

    for lie, (_said, reason) in liars.SAID.items():
        with subtests.test(lie):
            conversation = conversations.create(ada.user, ada.workspace.id, {})
            run = post(ada, conversation, lie, expert="liar")

            carry(run)
            consult()
            finished = carry(run)

            delegation = the(run)
            assert (delegation.state, delegation.reason) == (DelegationState.FAILED, reason)
            assert finished.state == RunState.FAILED
            assert Message.objects.filter(conversation=conversation, role=MessageRole.EXPERT).count() == 0
            assert Message.objects.get(run=run, role=MessageRole.ASSISTANT).metadata["fallback"] is True
            assert (told(conversation).count("delegation.failed"), told(conversation).count("run.failed")) == (1, 1)


def test_ten_thousand_words_of_progress_are_two_hundred_events(ada: Person, conversation: Conversation) -> None:
    delegation = begun(ada, conversation)
    claim = held(delegation)
    Delegation.objects.filter(id=delegation.id).update(told=delegation_progress.MOST_TOLD - 2)

    for number in range(5):
        delegation_progress.hear(claim, Progress(number / 10, f"Part {number}"))

    delegation.refresh_from_db()
    assert [data["text"] for data in events(conversation, "delegation.working")] == ["Part 0", "Part 1"]
    assert (delegation.said, delegation.progress) == ("Part 4", 0.4)


def test_expert_that_talks_without_end_is_stopped(ada: Person, conversation: Conversation) -> None:
    expert("talker", retries=0)
    run = post(ada, conversation, expert="talker")

    carry(run)
    consult()

    assert (the(run).state, the(run).reason) == (DelegationState.FAILED, "expert_error")
    assert told(conversation).count("delegation.working") < 100


def test_thread_of_an_expert_ends_with_what_it_says_after_its_time_was_over(
    ada: Person, conversation: Conversation
) -> None:
    expert("sleeper", timeout=1)
    run = post(ada, conversation, expert="sleeper")
    carry(run)

    consult()

    assert (the(run).state, the(run).reason) == (DelegationState.FAILED, "timeout")
    for thread in threading.enumerate():
        if thread.name == "handler-sleeper":
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def marked(settings: Any) -> None:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("word", ["BLOCK ME", "HOLD ME"])
def test_result_that_filters_refuse_fails_and_is_read_by_nobody(
    ada: Person, conversation: Conversation, word: str
) -> None:
    delegation = begun(ada, conversation)

    assert delegation_ends.conclude(held(delegation), Result({"words": 1}, f"please {word} now"))

    finished = carry(run_of(delegation))
    delegation.refresh_from_db()
    assert (delegation.state, delegation.reason) == (DelegationState.FAILED, "answer_refused")
    assert (delegation.text, delegation.output) == ("", None)
    assert finished.state == RunState.FAILED
    assert word not in str(list(Message.objects.values())) + str(list(Event.objects.values("data")))
    assert KeptFinding.objects.exists()


@pytest.mark.usefixtures("marked")
def test_progress_that_filters_refuse_is_told_as_a_number_alone(ada: Person, conversation: Conversation) -> None:
    delegation = begun(ada, conversation)

    delegation_progress.hear(held(delegation), Progress(0.5, "please BLOCK ME now"))

    [working] = events(conversation, "delegation.working")
    assert (working["text"], working["progress"]) == ("", 0.5)


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(
    "question",
    [
        Question("please BLOCK ME now", {}),
        Question("Which?", {"type": "object", "properties": {"x": {"type": "string", "description": "now BLOCK ME"}}}),
    ],
)
def test_question_that_filters_refuse_is_put_to_nobody(
    ada: Person, conversation: Conversation, question: Question
) -> None:
    delegation = begun(ada, conversation)

    delegation_ends.conclude(held(delegation), question)

    delegation.refresh_from_db()
    assert (delegation.state, delegation.reason) == (DelegationState.FAILED, "answer_refused")
    assert "BLOCK" not in str(list(Event.objects.values("data"))) + str(delegation.question)


@pytest.mark.usefixtures("marked")
def test_input_that_filters_refuse_reaches_no_expert_and_is_kept_nowhere(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "now BLOCK ME"}))

    finished = carry(ask(ada, conversation))
    finished = carry(finished.id)

    delegation = the(finished.id)
    assert (delegation.state, delegation.reason, delegation.attempt) == (DelegationState.REJECTED, "input_refused", 0)
    assert "BLOCK" not in str(delegation.input)
    assert finished.state == RunState.FAILED


def test_late_result_of_a_canceled_task_is_refused(ada: Person, conversation: Conversation) -> None:
    delegation = begun(ada, conversation)
    claim = held(delegation)
    ada.post(f"/api/v1/runs/{delegation.run_id}/cancel")

    assert delegation_ends.conclude(claim, Result({"words": 1}, "Too late.")) is False

    assert Message.objects.filter(role=MessageRole.EXPERT).count() == 0
    assert "delegation.completed" not in told(conversation)


def test_second_answer_of_an_expert_changes_nothing(ada: Person, conversation: Conversation) -> None:
    delegation = begun(ada, conversation)
    claim = held(delegation)
    delegation_ends.conclude(claim, Result({"words": 1}, "One."))

    assert delegation_ends.conclude(claim, Result({"words": 2}, "Two.")) is False
    assert delegation_ends.arrive(delegation, Result({"words": 3}, "Three.")) is False

    assert [message.text for message in Message.objects.filter(role=MessageRole.EXPERT)] == ["One."]
    assert told(conversation).count("delegation.completed") == 1


def test_failure_rate_counts_every_end_that_an_expert_has_to_answer_for(
    ada: Person, conversation: Conversation
) -> None:
    delegation = begun(ada, conversation)
    held(delegation)
    Delegation.objects.filter(id=delegation.id).update(deadline="2020-01-01T00:00Z")

    list(delegation_work.recover())

    delegation.refresh_from_db()
    assert delegation.state == DelegationState.FAILED
    assert delegation.expert is not None
    assert (delegation.expert.uses, delegation.expert.failure_rate) == (1, 0.1)
