"""One contract, whatever the adapter: what is asked of an expert comes to the same state, events, message and run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import pytest

from contexts import conversations
from contexts.models import Conversation, Message, MessageRole
from dispatch import delegation_ends, delegation_work, delegations
from dispatch.delegation_models import Delegation, DelegationState, Step
from dispatch.models import Run, RunState
from integrations.contract import Progress, Question, Rejection, Result, Update
from integrations.models import Expert
from project.models import Event
from tests.delegations.consulted import carry, consult, expert, the, told
from tests.delegations.distant import due, row
from tests.delegations.played import ask
from tests.experts_app import acting
from tests.experts_app.far_side import FarSide, far_side
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)

S = DelegationState
STAFF: Final = {"kind": "staff", "id": "7"}
COLOUR: Final = {"type": "object", "properties": {"colour": {"type": "string"}}, "required": ["colour"]}
BY_HAND: Final[dict[str, Update]] = {  # what a person says, who sees of a task what it is to come to
    "answer": Result({"words": 3}, "There are 3 words."),
    "ask": Question("Which colour?", COLOUR),
    "reject": Rejection("Not this."),
    "wrong": Result({"words": "many"}, "Many."),
    "oversize": Result({"words": 3}, "x" * 200_000),
}
NOTHING: Final[dict[str, tuple[str, set[str]]]] = {  # what comes to nothing: the end of it, and possible reasons
    "reject": (S.REJECTED, {"rejected"}),
    "fail": (S.FAILED, {"no_luck"}),
    "wrong": (S.FAILED, {"wrong_schema"}),
    "oversize": (S.FAILED, {"answer_too_large"}),
    "lie": (S.FAILED, {"bad_answer", "expert_error"}),
    "crash": (S.FAILED, {"unreachable", "expert_error"}),
    "redirect": (S.FAILED, {"bad_answer"}),
    "bomb": (S.FAILED, {"bad_answer"}),
}


@dataclass
class Way:
    """One adapter, and its expert. `act`: what the far side does of itself, or the person, after each step."""

    name: str
    expert: Expert
    conversation: Conversation
    person: Person
    far: FarSide | None = None
    acted: set[UUID] = field(default_factory=set)

    def ask(self, do: str) -> UUID:
        self.do, self.run = do, ask(self.person, self.conversation, do)
        assert carry(self.run).state == RunState.WAITING
        return self.run

    def carry_on(self, run: UUID, most: int = 8) -> Run:
        """Until nothing more is due; what is put off is due at once."""
        for _ in range(most):
            due()
            if not consult():
                break
            self.act()
        return carry(run)

    def act(self) -> None:
        open = delegation_ends.found(the(self.run).id)
        if self.far and self.name == "polled":
            self.far.finish()
        if self.name == "human" and open and open.state == S.WORKING and not open.step:
            answered = Result({"words": 1}, f"It is {open.answer['value']['colour']}.") if open.answer else None
            delegation_ends.arrive(open, answered or BY_HAND[self.do], STAFF)


@pytest.fixture(params=["python", "http", "polled", "human"])
def way(request: Any, ada: Person, conversation: Conversation, far: FarSide, playing: Callable[..., None]) -> Way:
    made = Way(request.param, _row(request.param, far), conversation, ada, far)

    def hand_over(turn: Any) -> None:
        text = Run.objects.select_related("message").get(id=turn.run).message.text
        do = "poll" if made.name == "polled" and text == "answer" else text
        turn.delegate("far", {"text": "one two three", "do": do}, answers=True)

    playing(hand_over)
    return made


def _row(name: str, far: FarSide) -> Expert:
    if name in ("http", "polled"):
        return row(far, retries=1, timeout=30)
    settings = {"expert": "acting"} if name == "python" else {}
    skills = [acting.SKILL.as_json()]
    return expert("acting", slug="far", adapter=name, settings=settings, skills=skills, retries=1, timeout=30)


def replies(run: UUID) -> list[tuple[str, str]]:
    said = Message.objects.filter(run=run).exclude(role=MessageRole.USER).order_by("seq")
    return [(message.role, message.text) for message in said]


def told_once(conversation: Conversation, *types: str) -> bool:
    found = told(conversation)
    return all(found.count(type) == 1 for type in types)


def test_result_is_the_one_reply_of_the_run(way: Way) -> None:
    run = way.ask("answer")

    finished = way.carry_on(run)

    delegation = the(run)
    assert (finished.state, delegation.state, delegation.output) == (RunState.COMPLETED, S.COMPLETED, {"words": 3})
    assert replies(run) == [("expert", "There are 3 words.")]
    assert Message.objects.get(run=run, role="expert").id == finished.reply == delegation.reply
    assert told_once(way.conversation, "delegation.submitted", "delegation.completed", "message.completed")
    assert told_once(way.conversation, "run.waiting", "run.completed")


def test_progress_is_told_and_is_no_end(way: Way) -> None:
    run = way.ask("answer")
    claim = delegations.claim(the(run).id, "here")
    assert claim

    found = delegation_ends.found(the(run).id)
    assert found
    assert delegation_ends.arrive(found, Progress(0.5, "Half of it."))

    [working] = Event.objects.filter(type="delegation.working", data__text="Half of it.").values_list("data", flat=True)
    assert (working["progress"], the(run).state, the(run).progress) == (0.5, S.WORKING, 0.5)


def test_question_waits_for_its_answer_and_the_expert_goes_on_with_it(way: Way) -> None:
    run = way.ask("ask")
    way.carry_on(run, 1)
    asking = the(run)
    waiting = Run.objects.get(id=run).state

    fields = {"state": S.WORKING, "answer": {"value": {"colour": "red"}, "by": "7"}, "step": Step.RESUME}
    Delegation.objects.filter(id=asking.id, state=S.INPUT_REQUIRED).update(**fields)
    finished = way.carry_on(run)

    assert (asking.state, waiting, (asking.question or {})["prompt"]) == (S.INPUT_REQUIRED, "waiting", "Which colour?")
    assert (finished.state, the(run).state) == (RunState.COMPLETED, S.COMPLETED)
    assert replies(run) == [("expert", "It is red.")]
    assert told_once(way.conversation, "delegation.input_required", "delegation.completed", "run.completed")


def test_what_comes_to_nothing_is_one_failure_and_one_marked_fallback(way: Way, subtests: pytest.Subtests) -> None:
    for do in sorted(_possible(way.name)):
        with subtests.test(do):
            way.conversation = conversations.create(way.person.user, way.person.workspace.id, {})
            run = way.ask(do)

            finished = way.carry_on(run)

            delegation, (state, reasons) = the(run), NOTHING[do]
            assert (delegation.state, finished.state) == (state, RunState.FAILED)
            assert delegation.reason in reasons
            assert [role for role, _ in replies(run)] == ["assistant"]
            fallback = Message.objects.get(run=run, role="assistant").metadata
            assert fallback == {"fallback": True, "reason": "expert_failed"}
            assert told_once(way.conversation, f"delegation.{state}", "run.failed", "message.completed")
            assert delegation.attempt == (2 if do in ("crash", "lie") and delegation.reason != "bad_answer" else 1)


@pytest.mark.parametrize("do", ["hang", "drip"])
def test_time_that_is_over_is_a_failure_and_the_far_side_is_told(way: Way, do: str) -> None:
    Expert.objects.filter(id=way.expert.id).update(timeout=1)
    run = way.ask(do)
    if way.name == "human":
        consult()
        Delegation.objects.update(deadline=the(run).created_at)
        list(delegation_work.recover())

    finished = way.carry_on(run)

    delegation = the(run)
    assert (delegation.state, finished.state) == (S.FAILED, RunState.FAILED)
    assert delegation.reason in {"timeout", "no_answer"}
    assert delegation.step == ""
    assert _canceled(way, delegation)
    assert told_once(way.conversation, "delegation.failed", "run.failed")


def test_cancel_ends_it_at_once_and_reaches_the_far_side(way: Way) -> None:
    run = way.ask("wait" if way.name != "human" else "answer")
    if way.name == "python":
        assert delegations.claim(the(run).id, "here")  # it is at work somewhere
    else:
        consult()

    way.person.post(f"/api/v1/runs/{run}/cancel")
    due()
    consult()

    delegation = the(run)
    assert (delegation.state, delegation.step, Run.objects.get(id=run).state) == (S.CANCELED, "", RunState.CANCELED)
    assert _canceled(way, delegation)
    assert replies(run) == []
    assert told_once(way.conversation, "delegation.canceled", "run.canceled")


def test_step_whose_process_died_is_done_again_and_ends_once(way: Way) -> None:
    run = way.ask("answer")
    dead = delegations.claim(the(run).id, "a process that dies")
    assert dead
    Delegation.objects.filter(id=dead.id).update(lease_until=the(run).created_at)

    list(delegation_work.recover())
    finished = way.carry_on(run)
    late = delegation_ends.conclude(dead, Result({"words": 4}, "There are 4 words."))

    assert (late, finished.state, the(run).crashes in (0, 1)) == (False, RunState.COMPLETED, True)
    assert replies(run) == [("expert", "There are 3 words.")]
    assert told_once(way.conversation, "delegation.completed", "run.completed")


def test_what_always_kills_its_process_is_given_up(way: Way) -> None:
    run = way.ask("answer")
    for _ in range(delegation_work.CRASHES):
        due()
        assert delegations.claim(the(run).id, "a process that dies")
        Delegation.objects.update(lease_until=the(run).created_at)
        list(delegation_work.recover())

    finished = carry(run)

    assert (the(run).state, the(run).reason) == (S.FAILED, "attempts_spent")
    assert finished.state == RunState.FAILED
    assert told_once(way.conversation, "delegation.failed", "run.failed")


def test_far_side_that_was_restarted_is_asked_again_and_what_it_forgot_fails(
    ada: Person, conversation: Conversation, playing: Any, settings: Any
) -> None:
    playing(lambda turn: turn.delegate("far", {"text": "x", "do": "poll"}, answers=True) and None)
    with far_side() as first:
        settings.OUTGOING_ALLOW = [first.allow]
        row(first, retries=1)
        run = ask(ada, conversation)
        carry(run)
        consult()
    due()
    consult()  # it is away
    away = the(run)
    with far_side(first.port) as again:
        due()
        consult()
        asked = again.types()

    finished = carry(run)

    assert (away.state, away.failures) == (S.WORKING, 1)
    assert asked == ["delegation.poll"]
    assert (the(run).state, the(run).reason, finished.state) == (S.FAILED, "expert_refused", RunState.FAILED)


def test_redirect_to_loopback_is_not_followed(way: Way) -> None:
    if way.far is None or way.name != "http":
        pytest.skip("only HTTP redirects")
    with far_side() as hidden:
        way.far.elsewhere = hidden.url
        way.carry_on(way.ask("redirect"))

        assert hidden.heard == []


def test_planned_expert_is_asked_nothing(ada: Person, conversation: Conversation, playing: Any) -> None:
    expert("acting", slug="far", adapter="planned", settings={})
    playing(lambda turn: turn.delegate("far", {"text": "x", "do": "answer"}, answers=True) and None)
    run = ask(ada, conversation)

    carry(run)
    finished = carry(run)

    assert (the(run).state, the(run).reason, the(run).attempt) == (S.REJECTED, "expert_planned", 0)
    assert finished.state == RunState.FAILED
    assert told_once(conversation, "delegation.rejected", "run.failed")


def test_planned_expert_has_its_task_done_by_its_fallback(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    instead = expert("acting")
    expert("acting", slug="far", adapter="planned", settings={}, fallback=instead)
    playing(lambda turn: turn.delegate("far", {"text": "x", "do": "answer"}, answers=True) and None)
    run = ask(ada, conversation)

    carry(run)
    consult()

    assert carry(run).state == RunState.COMPLETED
    assert (the(run).slug, the(run).choice["instead_of"]) == ("acting", "far")


def _possible(name: str) -> set[str]:
    """Of what comes to nothing, what can be said on this way."""
    if name == "human":
        return NOTHING.keys() & BY_HAND.keys()
    return NOTHING.keys() - (set() if name in ("http", "polled") else {"redirect", "bomb"})


def _canceled(way: Way, delegation: Delegation) -> bool:
    if way.name == "human":
        return True
    if way.name == "python":
        return delegation.id in acting.CANCELED
    return way.far is not None and str(delegation.id) in way.far.canceled
