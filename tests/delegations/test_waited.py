"""A run that has waited goes on as it was decided, and has one reply."""

from typing import Any

import pytest

from contexts.models import Conversation, Message, MessageRole
from dispatch.delegation_models import Delegation
from dispatch.models import Route, RunState
from dispatch.replaying import DelegationFailed
from dispatch.turns import Turn
from tests.delegations.consulted import carry, consult, expert, post
from tests.delegations.played import ask, carry_on
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "fields", [{"handlers": ["echo"]}, {"expert": "asker"}, {"expert": "counter", "audience": "sender"}]
)
def test_route_that_changes_while_a_run_waits_changes_nothing_for_it(
    ada: Person, conversation: Conversation, fields: dict[str, Any]
) -> None:
    expert("counter")
    expert("asker")
    run = post(ada, conversation, expert="counter")
    decided = carry(run).decision
    consult()

    Route.objects.create(workspace=conversation.workspace, name="other", conditions={}, **fields)
    finished = carry(run)

    assert (finished.state, finished.error) == (RunState.COMPLETED, None)
    assert (finished.decision, finished.visible_to) == (decided, "")
    assert [reply.id for reply in Message.objects.exclude(role=MessageRole.USER)] == [finished.reply]


def test_handler_that_goes_on_without_its_reply_is_refused(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    expert("counter")
    playing(lambda turn: turn.delegate("counter", {"text": "x"}, wait=False, answers=True).text)

    finished = carry(ask(ada, conversation))

    assert (finished.state, Delegation.objects.count()) == (RunState.FAILED, 0)


def test_second_expert_gives_the_reply_where_the_first_has_failed(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    def play(turn: Turn) -> None:
        try:
            turn.delegate("broken", {"text": "x"}, answers=True)
        except DelegationFailed:
            turn.delegate("counter", {"text": "x y"}, answers=True)

    expert("broken", retries=0)
    expert("counter")
    playing(play)

    finished = carry_on(ask(ada, conversation))

    assert finished.state == RunState.COMPLETED
    assert Message.objects.get(id=finished.reply).text == "There are 2 words."
