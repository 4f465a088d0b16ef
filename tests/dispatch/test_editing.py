"""Editing a message: its author lets it say something else."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from contexts import expiring, relevance, store
from contexts.knowledge import Entity, Mention, SummaryPart
from contexts.models import Conversation, Message
from dispatch import conclusion, runs
from dispatch.handlers import Reply
from dispatch.models import Run
from dispatch.outcomes import Outcome
from project.models import Event
from project.readers import EVERYBODY
from security.models import Membership, Role
from security.screening_models import KeptFinding
from tests.contexts.said import say
from tests.dispatch.answered import concluded
from tests.marked_app import filters as _marked
from tests.people import Person
from tests.problem import problem


@pytest.fixture(autouse=True)
def marked(settings: Any) -> None:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]


def post(person: Person, conversation: Conversation, text: str = "Hello", key: str = "", **fields: Any) -> str:
    headers = {"Idempotency-Key": key} if key else {}
    path = f"/api/v1/conversations/{conversation.id}/messages/"
    taken = person.post(path, {"text": text, **fields}, **headers)
    assert taken.status_code == 202, taken.content
    return str(taken.json()["message"])


def edit(person: Person, message: str, **fields: Any) -> Any:
    return person.patch(f"/api/v1/messages/{message}/", fields)


def shown(person: Person, message: str) -> dict[str, Any]:
    found: dict[str, Any] = person.get(f"/api/v1/messages/{message}/").json()
    return found


def events(person: Person, conversation: Conversation) -> list[dict[str, Any]]:
    page = person.get(f"/api/v1/conversations/{conversation.id}/events/").json()
    return list(page["results"])


def version(conversation: Conversation) -> int:
    return Conversation.objects.get(id=conversation.id).context_version


def test_its_author_changes_what_a_message_says(bob: Person, ada: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, metadata={"note": "kept"})
    before = version(conversation)

    answer = edit(bob, message, text="Goodbye")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["text"], body["metadata"], body["status"]) == ("Goodbye", {"note": "kept"}, "received")
    assert body["edited_at"]
    assert shown(ada, message) == body
    assert version(conversation) > before


def test_an_edit_is_a_new_event_and_the_former_one_stays(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)

    edit(bob, message, text="Goodbye")

    about = [event for event in events(bob, conversation) if event["type"].startswith("message.")]
    told = [(event["type"], event["data"]["message"]["text"]) for event in about]
    assert told == [("message.received", "Hello"), ("message.edited", "Goodbye")]
    last = events(bob, conversation)[-1]
    assert (last["message"], last["actor"]) == (message, {"kind": "user", "id": str(bob.user.id)})
    assert last["data"] == {"message": shown(bob, message), "length": 7}


def test_the_same_body_changes_nothing(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, "MASK ME please")
    before, told = version(conversation), Event.objects.count()

    answer = edit(bob, message, text="MASK ME please", parts=[], metadata={})

    assert answer.json()["text"] == "[masked] please"
    assert answer.json()["edited_at"] is None
    assert (version(conversation), Event.objects.count()) == (before, told)


def test_handlers_know_what_it_says_now(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, "The budget is 4000")
    assert store.load(say(conversation, "One", bob)).messages[0].text == "The budget is 4000"

    edit(bob, message, text="The budget is 6000")

    assert store.load(say(conversation, "Two", bob)).messages[0].text == "The budget is 6000"


def test_a_run_that_waits_answers_what_it_says_by_then(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    edit(bob, message, text="Goodbye")

    claim = runs.claim(Run.objects.get().id, "here")

    assert claim
    assert claim.message.text == "Goodbye"


def test_an_edit_asks_for_no_new_answer(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    claim = runs.claim(Run.objects.get().id, "here")
    assert claim
    concluded(claim, "Hello to you")

    edit(bob, message, text="Goodbye")

    assert Run.objects.count() == 1
    assert list(Message.objects.filter(role="assistant").values_list("text", flat=True)) == ["Hello to you"]


def test_an_answer_that_is_under_way_is_stored(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    claim = runs.claim(Run.objects.get().id, "here")
    assert claim

    edit(bob, message, text="Goodbye")

    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("Hello to you")))


def test_what_is_to_be_masked_is_masked_again_and_kept_for_staff(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, "MASK ME", metadata={"audience": "sender"})

    edit(bob, message, text="MASK ME too")

    row = Message.objects.get(id=message)
    assert row.text == "[masked] too"
    assert row.original == {"text": "MASK ME too", "parts": [], "metadata": {"audience": "sender"}}
    assert row.metadata == {"audience": "sender"}
    assert KeptFinding.objects.filter(message=message).count() == 2


def test_parts_that_are_not_sent_are_as_they_were_sent(bob: Person, conversation: Conversation) -> None:
    parts = [{"type": "text", "text": "MASK ME"}]
    message = post(bob, conversation, "See below", parts=parts)

    edit(bob, message, text="See there")

    row = Message.objects.get(id=message)
    assert row.parts == [{"type": "text", "text": "[masked]"}]
    assert row.original
    assert row.original["parts"] == parts


def test_what_is_blocked_is_refused_and_changes_nothing(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    before = version(conversation)

    assert problem(edit(bob, message, text="BLOCK ME"), 422, "message_blocked")["detail"] == "Not in this house."

    assert shown(bob, message)["text"] == "Hello"
    assert version(conversation) == before
    assert KeptFinding.objects.get().author == bob.user.id


def test_what_would_have_to_be_reviewed_is_refused(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)

    problem(edit(bob, message, text="HOLD ME"), 422, "edit_needs_review")

    assert shown(bob, message)["text"] == "Hello"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kind": "action"}, "/kind"),
        ({"text": "Hi", "role": "assistant"}, "/role"),
        ({"parts": [{"type": "text"}]}, "/parts"),
        ({"metadata": {"audience": "all"}}, "/metadata"),
    ],
)
def test_a_body_is_read_as_that_of_a_new_message(
    bob: Person, conversation: Conversation, fields: Any, pointer: str
) -> None:
    message = post(bob, conversation)

    body = problem(edit(bob, message, **fields), 422, "invalid")

    assert pointer in [error["pointer"] for error in body["errors"]]


def test_a_message_that_says_nothing_is_refused(bob: Person, conversation: Conversation) -> None:
    problem(edit(bob, post(bob, conversation), text=""), 422, "empty_message")


def test_others_do_not_edit_it_whatever_they_are(
    ada: Person, bob: Person, eve: Person, conversation: Conversation
) -> None:
    message = post(bob, conversation)

    problem(edit(ada, message, text="Mine"), 403, "forbidden")
    problem(edit(eve, message, text="Mine"), 404, "not_found")
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)
    problem(edit(bob, message, text="Mine"), 403, "forbidden")


def test_an_answer_is_nobodys_to_edit(ada: Person, conversation: Conversation) -> None:
    answer = say(conversation, "An answer")

    problem(edit(ada, str(answer.id), text="Mine"), 403, "forbidden")


def test_a_held_message_is_not_edited(bob: Person, conversation: Conversation) -> None:
    problem(edit(bob, post(bob, conversation, "HOLD ME"), text="Nicer"), 409, "message_not_editable")


def test_in_an_archived_conversation_nothing_is_edited(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    bob.patch(f"/api/v1/conversations/{conversation.id}/", {"archived": True})

    problem(edit(bob, message, text="Late"), 409, "conversation_archived")


def test_a_retry_of_the_first_submission_brings_the_edited_message(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, key="one")
    edit(bob, message, text="Goodbye")

    assert post(bob, conversation, key="one") == message
    assert shown(bob, message)["text"] == "Goodbye"


def test_edits_count_as_messages(bob: Person, conversation: Conversation, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"messages": (2, timedelta(minutes=1))}
    message = post(bob, conversation)
    edit(bob, message, text="Two")

    problem(edit(bob, message, text="Three"), 429, "rate_limited")

    assert shown(bob, message)["text"] == "Two"


def test_nothing_but_the_log_and_findings_knows_its_former_words(bob: Person, conversation: Conversation) -> None:
    message = Message.objects.get(id=post(bob, conversation, "Meet me in zanzibar"))
    part = SummaryPart.objects.create(conversation=conversation, level=0, number=0, count=1, text="zanzibar")
    entity = Entity.objects.create(
        conversation=conversation,
        type="place",
        value="Zanzibar",
        normal="zanzibar",
        first_seen=message.created_at,
        last_seen=message.created_at,
    )
    Mention.objects.create(entity=entity, message=message, start=11, end=19)

    edit(bob, str(message.id), text="Meet me in lisbon")

    part.refresh_from_db()
    assert (part.text, part.lines, part.stale) == ("", [], True)
    assert not Entity.objects.filter(normal="zanzibar").exists()
    assert relevance.recall("zanzibar", conversation.id, 10**6, EVERYBODY, 5) == []
    assert [hit.message for hit in relevance.recall("lisbon", conversation.id, 10**6, EVERYBODY, 5)] == [message.id]


@pytest.mark.parametrize(("before", "after"), [({}, "sender"), ({"audience": "sender"}, None)])
def test_who_is_to_read_the_answer_stays(
    bob: Person, conversation: Conversation, before: dict[str, str], after: str | None
) -> None:
    message = post(bob, conversation, metadata=before)

    problem(edit(bob, message, metadata={"audience": after} if after else {}), 422, "audience_fixed")


@pytest.mark.parametrize("value", ["soon", "2999-01-01T00:00:00", 7, ""])
def test_an_end_is_a_time_with_its_zone(bob: Person, conversation: Conversation, value: object) -> None:
    message = post(bob, conversation, metadata={"expires_at": None})

    body = problem(edit(bob, message, metadata={"expires_at": value}), 422, "invalid")

    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [("/metadata", "invalid_expires_at")]


@pytest.mark.parametrize("named", [True, False])
def test_what_expired_comes_back_when_its_end_moves_and_what_was_pruned_does_not(
    bob: Person, conversation: Conversation, named: bool
) -> None:
    message = post(bob, conversation, metadata={"expires_at": "2020-01-01T00:00:00Z"})
    if named:
        bob.post(f"/api/v1/conversations/{conversation.id}/context/prune", {"messages": [message]})
    expiring.expire()
    assert Message.objects.get().pruned

    edit(bob, message, metadata={"expires_at": "2999-01-01T00:00:00Z"})

    assert Message.objects.get().pruned is named


def test_messages_of_before_get_the_time_at_which_they_expire(bob: Person, conversation: Conversation) -> None:
    for end in ("2999-01-01T00:00:00Z", None):
        post(bob, conversation, metadata={"expires_at": end})
    Message.objects.update(expires_at=None)

    import_module("contexts.migrations.0011_expiring").fill(apps, connection.schema_editor())

    assert [one and one.year for one in Message.objects.order_by("seq").values_list("expires_at", flat=True)] == [
        2999,
        None,
    ]
