"""For whom a reply is meant, by route and message, and what a handler knows of what others may not read."""

from typing import Any

import pytest

from contexts import store
from contexts.models import Conversation, Message
from dispatch import audiences, conclusion
from dispatch.models import Run
from dispatch.outcomes import Outcome
from project.readers import EVERYBODY, STAFF
from tests.dispatch.answered import answered, claimed
from tests.people import Person
from tests.problem import problem

pytestmark = pytest.mark.django_db

AUDIENCES = ["workspace", "conversation", "sender", "none"]  # each sees less than the one before


@pytest.mark.parametrize("asked", ["everybody", "", 7, None, ["none"], {"none": True}, True])
def test_audience_that_does_not_exist_is_refused(ada: Person, conversation: Conversation, asked: Any) -> None:
    answer = ada.post(
        f"/api/v1/conversations/{conversation.id}/messages/", {"text": "Hi", "metadata": {"audience": asked}}
    )

    problem(answer, 422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/metadata"]
    assert "workspace, conversation, sender, none" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("given", AUDIENCES)
@pytest.mark.parametrize("asked", AUDIENCES)
def test_message_can_only_narrow_what_a_route_gives(given: str, asked: str) -> None:
    narrower = max(given, asked, key=AUDIENCES.index)

    assert audiences.narrowed(given, {"audience": asked}) == narrower
    assert audiences.narrowed(given, {}) == given


@pytest.mark.parametrize("asked", ["everybody", None, ["none"], {}])
def test_what_an_older_message_says_by_that_name_changes_nothing(asked: Any) -> None:
    assert audiences.narrowed("sender", {"audience": asked}) == "sender"


def test_reply_to_an_author_who_is_gone_is_for_staff(ada: Person) -> None:
    assert audiences.visible_to("sender", None) == STAFF
    assert audiences.knowing("sender", None) == EVERYBODY


def known(person: Person, conversation: Conversation, audience: str) -> tuple[set[str], int]:
    """The answers that a handler knows which answers somebody, and how many messages it is told there are."""
    message = Message.objects.get(run=claimed(person, conversation, audience).run)
    context = store.load(message, audiences.knowing(audience, message.author))
    return {view.text for view in context.messages if view.role == "assistant"}, context.total


def test_handler_knows_what_all_who_see_its_answer_may_know(
    plain_ada: Person, bob: Person, conversation: Conversation
) -> None:
    answered(plain_ada, conversation, None, "for all")
    answered(plain_ada, conversation, "sender", "for ada")
    answered(bob, conversation, "sender", "for bob")
    answered(bob, conversation, "none", "for staff")
    public = 5  # four questions, one answer

    assert known(bob, conversation, "sender") == ({"for all", "for bob"}, public + 1)
    concluded_quietly(conversation)
    assert known(bob, conversation, "conversation") == ({"for all"}, public + 1)
    concluded_quietly(conversation)
    assert known(plain_ada, conversation, "none") == ({"for all", "for ada"}, public + 3)


def concluded_quietly(conversation: Conversation) -> None:
    run = Run.objects.get(conversation=conversation, state="running")
    conclusion.conclude(run.id, run.attempt, Outcome())


def test_staff_who_ask_in_private_are_answered_from_all_they_may_read(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    answered(bob, conversation, "sender", "for bob")

    assert known(ada, conversation, "sender") == ({"for bob"}, 2)
    concluded_quietly(conversation)
    assert known(ada, conversation, "conversation") == (set(), 2)
