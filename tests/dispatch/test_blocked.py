"""What somebody gets whose text is refused: a reason that is for them, the request's id, and nothing of the rules."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contexts.models import Conversation, Message
from dispatch.models import Run
from project.models import Event
from security import screening
from security.screening import Action, Finding
from security.screening_models import KeptFinding
from tests.marked_app import filters as _marked
from tests.people import Person
from tests.problem import problem


@screening.register("test_silent_rule")
def silent_rule(material: Any) -> Any:
    if "secret rule" in material.whole:
        yield Finding("the-name-of-the-rule", (0, 1), "high", action=Action.BLOCK)


@pytest.fixture(autouse=True)
def filters(settings: Any) -> None:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked", "test_silent_rule"]


def post(person: Person, conversation: Conversation, text: str) -> Any:
    return person.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": text})


def patch(person: Person, conversation: Conversation, **fields: Any) -> Any:
    return person.patch(f"/api/v1/conversations/{conversation.id}/", fields)


@pytest.mark.parametrize(
    ("text", "detail"),
    [("BLOCK ME", "Not in this house."), ("secret rule", "The message was refused by a content filter")],
)
def test_the_refusal_has_a_public_reason_and_no_rule(
    bob: Person, conversation: Conversation, text: str, detail: str
) -> None:
    before = Conversation.objects.get().context_version

    answer = post(bob, conversation, text)

    assert problem(answer, 422, "message_blocked")["detail"] == detail
    assert "the-name-of-the-rule" not in answer.content.decode()
    assert (Message.objects.count(), Run.objects.count()) == (0, 0)
    assert Conversation.objects.get().context_version == before
    assert not Event.objects.filter(stream=conversation.stream).exists()
    assert KeptFinding.objects.get().author == bob.user.id


def test_a_flood_of_what_is_blocked_ends_as_any_other(bob: Person, conversation: Conversation, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"messages": (3, timedelta(minutes=1))}

    answers = [post(bob, conversation, "BLOCK ME").status_code for _ in range(2)]
    answers += [post(bob, conversation, text).status_code for text in ("HOLD ME", "Hello", "BLOCK ME")]

    assert answers == [422, 422, 202, 429, 429]
    assert KeptFinding.objects.count() == 3


def test_who_asks_again_for_what_is_blocked_by_now_spends_nothing_of_its_author(
    ada: Person, bob: Person, conversation: Conversation, settings: Any
) -> None:
    settings.FILTERS = ["shape"]
    message = post(bob, conversation, "BLOCK ME").json()["message"]
    settings.FILTERS = ["shape", "marked"]
    settings.LIMITS = settings.LIMITS | {"messages": (2, timedelta(minutes=1))}
    Run.objects.update(state="completed")

    answers = [ada.post(f"/api/v1/messages/{message}/retry") for _ in range(4)]

    problem(answers[0], 422, "message_blocked")
    assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
    assert KeptFinding.objects.get().message == UUID(message)
    assert post(bob, conversation, "Hello").status_code == 202


def test_what_would_be_masked_by_now_is_not_handed_out_unmasked(
    bob: Person, conversation: Conversation, settings: Any
) -> None:
    settings.FILTERS = ["shape"]
    unmasked = post(bob, conversation, "MASK ME").json()["message"]
    settings.FILTERS = ["shape", "marked"]
    masked = post(bob, conversation, "MASK ME").json()["message"]
    Run.objects.update(state="completed")

    problem(bob.post(f"/api/v1/messages/{unmasked}/retry"), 422, "now_masked")
    assert bob.post(f"/api/v1/messages/{masked}/retry").status_code == 202


def test_labels_that_leave_findings_count_as_messages(bob: Person, conversation: Conversation, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"messages": (2, timedelta(minutes=1))}

    answers = [patch(bob, conversation, title=f"MASK ME {number}").status_code for number in range(4)]

    assert answers == [200, 200, 429, 429]
    assert KeptFinding.objects.count() == 2
    assert patch(bob, conversation, title="Plans").status_code == 200


@pytest.mark.parametrize("word", ["BLOCK ME", "HOLD ME"])
@pytest.mark.parametrize("field", ["title", "metadata"])
def test_labels_that_would_be_blocked_or_held_are_refused(
    bob: Person, conversation: Conversation, field: str, word: str
) -> None:
    fields = {field: word if field == "title" else {"note": word}}

    problem(patch(bob, conversation, **fields), 422, "message_blocked")
    created = bob.post("/api/v1/conversations/", {"workspace": str(conversation.workspace_id), **fields})
    problem(created, 422, "message_blocked")

    assert [(one.title, one.metadata) for one in Conversation.objects.all()] == [("Plans", {})]
    assert KeptFinding.objects.count() == 2


def test_labels_are_masked_and_may_be_empty(bob: Person, conversation: Conversation) -> None:
    changed = patch(bob, conversation, title="Of MASK ME", metadata={"MASK ME": ["MASK ME", 1]})

    assert (changed.json()["title"], changed.json()["metadata"]) == ("Of [masked]", {"MASK ME": ["MASK ME", 1]})
    assert KeptFinding.objects.get().conversation == conversation.id
    assert patch(bob, conversation, metadata={"note": "MASK ME"}).json()["metadata"] == {"note": "[masked]"}
    assert patch(bob, conversation, title="", metadata={}).json()["title"] == ""
    assert patch(bob, conversation, archived=True).status_code == 200
