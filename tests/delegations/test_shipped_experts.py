"""Experts that come with the installation are there from the first migration on, and asked as any other."""

import pytest

from contexts import conversations
from contexts.models import Message, MessageRole
from integrations import shipping
from integrations.models import Expert
from tests.contexts.said import say
from tests.delegations.consulted import carry, consult, post

pytestmark = pytest.mark.django_db(transaction=True)

KILN = "The kiln in hall 3 holds 1240 degrees for six hours."


@pytest.fixture(autouse=True)
def shipped():
    """A test that commits empties the tables before the next one."""
    shipping.ship()


@pytest.fixture
def told(ada, conversation):
    other = conversations.create(ada.user, conversation.workspace_id, {"title": "Workshop"})
    return say(other, KILN, ada)


def answered(person, conversation, text, expert, **metadata):
    run = post(person, conversation, text, expert=expert, **metadata)
    carry(run)
    consult()
    return Message.objects.get(id=carry(run).reply)


def test_a_message_to_research_is_answered_with_what_was_said_elsewhere(bob, conversation, told):
    reply = answered(bob, conversation, "How hot is the kiln in hall 3?", "research")

    assert (reply.role, reply.metadata["expert_name"], reply.visible_to) == (MessageRole.EXPERT, "Research", "")
    assert f"“{KILN}” (/#/c/{told.conversation_id}/{told.id})" in reply.text
    assert reply.parts[0]["data"]["output"]["hits"][0]["message"] == str(told.id)


def test_an_answer_for_the_asker_alone_may_tell_what_that_one_alone_may_read(bob, conversation, told):
    say(told.conversation, "The kiln in hall 3 is bob's.", visible_to=str(bob.user.id))

    reply = answered(bob, conversation, "Whose kiln is in hall 3?", "research", audience="sender")

    assert reply.visible_to == str(bob.user.id)
    assert "The kiln in hall 3 is bob's." in reply.text


def test_a_message_to_summary_is_answered_with_what_the_conversation_comes_to(bob, conversation, ada):
    say(conversation, KILN, ada)

    reply = answered(bob, conversation, "Please sum this up", "summary")

    assert reply.metadata["expert"] == "summary"
    assert f"- ada: {KILN}" in reply.text


def test_their_rows_are_made_once_and_stay_as_staff_left_them():
    Expert.objects.filter(slug="research").update(enabled=False)

    shipping.ship()

    rows = Expert.objects.filter(workspace=None, slug__in=("research", "summary")).order_by("slug")
    assert [(row.slug, row.adapter, row.enabled) for row in rows] == [
        ("research", "python", False),
        ("summary", "python", True),
    ]
