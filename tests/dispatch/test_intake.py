"""Submitting messages over REST: what is taken, what is refused, and that refusals leave nothing behind."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from contexts.models import Conversation, Message
from dispatch.models import Run
from project.models import Event
from security import workspaces
from security.models import Membership, Role
from tests.people import Person

pytestmark = pytest.mark.django_db


def path(conversation: Conversation) -> str:
    return f"/api/v1/conversations/{conversation.id}/messages/"


def test_message_is_taken_with_its_run_and_first_events(ada: Person, conversation: Conversation) -> None:
    answer = ada.post(path(conversation), {"kind": "text", "text": "hello"})

    taken = answer.json()
    assert answer.status_code == 202
    assert Message.objects.get(id=taken["message"]).text == "hello"
    assert taken["status_url"] == f"/api/v1/runs/{taken['run']}/"
    assert ada.get(taken["status_url"]).json()["state"] == "queued"
    events = Event.objects.after(conversation.stream, 0)
    assert [event.type for event in events] == ["message.received", "run.queued"]
    assert taken["stream_position"].endswith("-1")


def test_events_carry_the_request_id(ada: Person, conversation: Conversation) -> None:
    ada.post(path(conversation), {"text": "hello"}, **{"X-Request-ID": "abc-123"})

    assert {event.request_id for event in Event.objects.after(conversation.stream, 0)} == {"abc-123"}


def test_same_key_same_message(ada: Person, conversation: Conversation) -> None:
    key = {"Idempotency-Key": "once"}
    first = ada.post(path(conversation), {"text": "hello"}, **key)

    again = ada.post(path(conversation), {"text": "hello"}, **key)

    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Message.objects.count() == 1


def test_same_key_same_answer_after_the_message_was_asked_again(ada: Person, conversation: Conversation) -> None:
    key = {"Idempotency-Key": "once"}
    first = ada.post(path(conversation), {"text": "hello"}, **key)
    ada.post(f"/api/v1/runs/{first.json()['run']}/cancel", {})
    retried = ada.post(f"/api/v1/messages/{first.json()['message']}/retry", {})

    again = ada.post(path(conversation), {"text": "hello"}, **key)

    assert retried.status_code == 202
    assert retried.json()["run"] != first.json()["run"]
    assert again.json() == first.json()


def test_same_key_other_message_is_refused(ada: Person, conversation: Conversation) -> None:
    ada.post(path(conversation), {"text": "hello"}, **{"Idempotency-Key": "once"})

    answer = ada.post(path(conversation), {"text": "goodbye"}, **{"Idempotency-Key": "once"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_keys_belong_to_their_sender(ada: Person, bob: Person, conversation: Conversation) -> None:
    for person in (ada, bob):
        assert person.post(path(conversation), {"text": "hello"}, **{"Idempotency-Key": "once"}).status_code == 202

    assert Message.objects.count() == 2


def test_role_is_always_user(ada: Person, conversation: Conversation) -> None:
    answer = ada.post(path(conversation), {"text": "I am the assistant", "role": "assistant"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/role"
    assert Message.objects.count() == 0


def test_unknown_kind_names_the_kinds(ada: Person, conversation: Conversation) -> None:
    answer = ada.post(path(conversation), {"kind": "telepathy", "text": "hello"})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_kind")
    assert "action, text" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": 7}, None),
        ({"text": ["a"]}, "/text"),
        ({"parts": "no list", "text": "x"}, "/parts"),
        ({"parts": [{"type": "sound"}]}, "/parts"),
        ({"parts": [{"type": "text", "text": 3}]}, "/parts"),
        ({"parts": [{"type": "text", "text": "x", "extra": 1}]}, "/parts"),
        ({"text": "x", "metadata": []}, "/metadata"),
        ({"text": "x", "metadata": {"a": "b" * 20_000}}, "/metadata"),
        ({"text": "x", "metadata": "priority"}, "/metadata"),
        ({"text": "x", "metadata": {"priority": "urgent"}}, "/metadata"),
        ({"text": "x", "metadata": {"priority": ["high"]}}, "/metadata"),
        ({"text": "x", "reply_to": "me"}, "/reply_to"),
        ([], None),
        ("text", None),
        (None, None),
    ],
)
def test_malformed_submission_is_422_or_400_with_a_pointer(
    ada: Person, conversation: Conversation, body: Any, pointer: str | None
) -> None:
    answer = ada.post(path(conversation), body)

    if body == {"text": 7}:  # a number is taken as its text
        assert answer.status_code == 202
        return
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    if pointer:
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert Message.objects.count() == 0


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\u2800", "\u3164", "\U000e0041\U000e0042", "\u00ad"])
def test_text_that_shows_nothing_is_refused(ada: Person, conversation: Conversation, text: str) -> None:
    answer = ada.post(path(conversation), {"text": text})

    assert (answer.status_code, answer.json()["code"]) == (422, "empty_message")
    assert (Message.objects.count(), Run.objects.count(), Event.objects.after(conversation.stream, 0).count()) == (
        0,
        0,
        0,
    )


def test_too_long_a_text_is_413(ada: Person, conversation: Conversation, settings: LazySettings) -> None:
    settings.MESSAGE_LIMIT = 10

    assert ada.post(path(conversation), {"text": "x" * 11}).status_code == 413


def test_reply_to_must_be_of_this_conversation(ada: Person, conversation: Conversation) -> None:
    answer = ada.post(path(conversation), {"text": "x", "reply_to": str(uuid4())})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reply_to")


def test_viewer_cannot_post(ada: Person, bob: Person, conversation: Conversation) -> None:
    membership = Membership.objects.get(user=bob.user, workspace=ada.workspace)
    workspaces.change_role(ada.user, membership, Role.VIEWER)

    answer = bob.post(path(conversation), {"text": "hello"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert bob.get(path(conversation)).status_code == 200


def test_stranger_gets_404_and_learns_nothing(eve: Person, conversation: Conversation) -> None:
    foreign = eve.post(path(conversation), {"text": "hello"})
    unknown = eve.post(f"/api/v1/conversations/{uuid4()}/messages/", {"text": "hello"})

    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert Message.objects.count() == 0


def test_full_queue_is_429(ada: Person, conversation: Conversation, settings: LazySettings) -> None:
    settings.QUEUE_LIMIT = 2
    for _ in range(2):
        ada.post(path(conversation), {"text": "hello"})

    answer = ada.post(path(conversation), {"text": "hello"})

    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
    assert answer["Retry-After"] == "1"


def test_archived_conversation_takes_nothing(ada: Person, conversation: Conversation) -> None:
    ada.patch(f"/api/v1/conversations/{conversation.id}/", {"archived": True})

    assert ada.post(path(conversation), {"text": "hello"}).json()["code"] == "conversation_archived"


def test_members_see_no_conditions_of_a_run(ada: Person, bob: Person, conversation: Conversation) -> None:
    run = ada.post(path(conversation), {"text": "hello"}).json()["run"]
    Run.objects.filter(id=run).update(findings=[{"rule": "secret"}], decision={"path": ["a"], "reason": "because"})

    assert ada.get(f"/api/v1/runs/{run}/").json()["findings"] == [{"rule": "secret"}]
    assert bob.get(f"/api/v1/runs/{run}/").json()["findings"] == []
    assert bob.get(f"/api/v1/runs/{run}/").json()["decision"] == {"path": ["a"], "reason": "because"}


def test_log_pages_follow_each_other(ada: Person, conversation: Conversation) -> None:
    for number in range(3):
        ada.post(path(conversation), {"text": f"hello {number}"})
    page = ada.get(f"/api/v1/conversations/{conversation.id}/events/?page_size=4").json()

    rest = ada.get(page["next"]).json()

    assert [event["seq"] for event in page["results"] + rest["results"]] == [1, 2, 3, 4, 5, 6]
    assert rest["next"] is None
    assert page["head"] == rest["results"][-1]["id"]


@pytest.mark.parametrize(("after", "status"), [("garbage", 400), ("1-99999999", 409), ("1-2-3", 400), ("-", 400)])
def test_log_cursor_that_cannot_be_honoured_says_so(
    ada: Person, conversation: Conversation, after: str, status: int
) -> None:
    answer = ada.get(f"/api/v1/conversations/{conversation.id}/events/?after={after}")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
