"""A message that names an expert is answered by it."""

import pytest

from contexts.models import Message, MessageRole
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import RunState
from tests.delegations.consulted import carry, consult, expert, post, the, told
from tests.payloads import PAYLOADS

BLOCKED = next(iter(PAYLOADS.values()))

pytestmark = pytest.mark.django_db(transaction=True)


def test_message_is_answered_by_the_expert_that_it_names(ada, conversation):
    expert("counter")
    run = post(ada, conversation, expert="counter")

    parked = carry(run)
    consult()
    finished = carry(run)

    assert (parked.state, finished.state) == (RunState.WAITING, RunState.COMPLETED)
    reply = Message.objects.get(id=finished.reply)
    assert (reply.role, reply.text) == (MessageRole.EXPERT, "There are 4 words.")
    assert reply.parts[0]["data"] == {"output": {"words": 4}}
    assert (reply.metadata["expert"], reply.metadata["expert_name"]) == ("counter", "Word counter")
    assert [type for type in told(conversation) if type != "delegation.working"] == [
        "message.received",
        "run.queued",
        "run.started",
        "delegation.submitted",
        "run.waiting",
        "message.completed",
        "delegation.completed",
        "run.queued",
        "run.started",
        "run.completed",
    ]


def test_expert_that_breaks_leaves_one_marked_fallback(ada, conversation):
    expert("broken", retries=0)
    run = post(ada, conversation, expert="broken")

    carry(run)
    consult()
    finished = carry(run)

    assert finished.state == RunState.FAILED
    assert finished.error
    assert finished.error["code"] == "expert_failed"
    assert the(run).state == DelegationState.FAILED
    reply = Message.objects.get(id=finished.reply)
    assert reply.metadata["fallback"] is True
    assert "no word of this" not in reply.text


def test_expert_may_let_another_one_do_a_part(ada, conversation):
    expert("boss")
    expert("counter")
    run = post(ada, conversation, "one two three", expert="boss")

    carry(run)
    for _ in range(3):
        consult()
    finished = carry(run)

    assert Message.objects.get(id=finished.reply).text == "I was told: There are 3 words."


def test_who_waits_for_itself_is_told_that_it_goes_round(ada, conversation):
    expert("boss")
    run = post(ada, conversation, expert="boss")

    carry(run)
    delegation = the(run)
    delegation.input = {"text": "x", "to": "boss"}
    delegation.save()
    for _ in range(8):
        consult()
    finished = carry(run)

    assert "chain_" in Message.objects.get(id=finished.reply).text


def test_what_filters_refuse_is_handed_to_no_other_expert_and_kept_nowhere(ada, conversation):
    expert("boss")
    expert("counter")
    run = post(ada, conversation, "one two three", expert="boss")
    carry(run)
    delegation = the(run)
    delegation.input = {"text": BLOCKED}
    delegation.save()

    for _ in range(3):
        consult()
    finished = carry(run)

    assert Message.objects.get(id=finished.reply).text == "I was told: input_refused"
    refused = Delegation.objects.get(parent=delegation)
    assert (refused.state, refused.reason, refused.input) == (DelegationState.REJECTED, "input_refused", {})
