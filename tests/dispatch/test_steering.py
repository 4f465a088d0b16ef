"""What a message asks of the server in its metadata is obeyed, whatever filters mask in what it says."""

from typing import Any

import pytest

from contexts.models import Conversation, Message
from dispatch import runs
from dispatch.models import Run
from tests import admin_rows
from tests.people import Person

WORDS = "sender\nhigh\naudience\npriority\nzephyr"


@pytest.fixture
def masked(ada: Person, settings: Any) -> None:
    settings.FILTERS = ["shape", "rules"]
    admin_rows.rule(ada.workspace, form="words", expression=WORDS, sample="zephyr", action="redact")


def post(person: Person, conversation: Conversation, **metadata: Any) -> Any:
    return person.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hi", "metadata": metadata})


@pytest.mark.usefixtures("masked")
def test_a_rule_that_masks_its_words_makes_no_private_answer_public(bob: Person, conversation: Conversation) -> None:
    metadata = {"audience": "sender", "priority": "high", "note": "a zephyr"}

    run = Run.objects.get(id=post(bob, conversation, **metadata).json()["run"])
    claim = runs.claim(run.id, "here")

    assert claim
    assert run.visible_to == claim.visible_to == str(bob.user.id)
    assert run.priority == 1
    message = Message.objects.get()
    assert message.metadata == {"audience": "sender", "priority": "high", "note": "a [removed]"}
    assert message.original == {"text": "hi", "parts": [], "metadata": metadata}


@pytest.mark.parametrize("action", ["block", "quarantine"])
def test_asking_for_a_private_answer_is_saying_nothing(
    bob: Person, conversation: Conversation, settings: Any, action: str
) -> None:
    settings.FILTERS = ["shape", "rules"]
    admin_rows.rule(conversation.workspace, form="words", expression="sender", sample="sender", action=action)

    assert post(bob, conversation, audience="sender").json()["status"] == "received"
