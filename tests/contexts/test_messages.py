"""Reading messages over REST."""

import base64

import pytest

from tests.contexts.said import fresh, say
from tests.problem import problem


@pytest.fixture
def path(conversation):
    return f"/api/v1/conversations/{conversation.id}/messages/"


def texts(page):
    return [row["text"] for row in page["results"]]


def test_messages_are_listed_oldest_first_in_pages(ada, bob, conversation, path):
    for number in range(5):
        say(conversation, str(number), bob)

    first = ada.get(f"{path}?page_size=2").json()
    second = ada.get(first["next"]).json()
    third = ada.get(second["next"]).json()

    assert [texts(page) for page in (first, second, third)] == [["0", "1"], ["2", "3"], ["4"]]
    assert texts(ada.get(third["previous"]).json()) == ["2", "3"]
    assert (first["previous"], third["next"]) == (None, None)


def test_what_is_said_meanwhile_comes_at_the_end(ada, conversation, path):
    for number in range(3):
        say(conversation, str(number), ada)
    first = ada.get(f"{path}?page_size=2").json()
    say(conversation, "late", ada)

    assert texts(ada.get(first["next"]).json()) == ["2", "late"]


@pytest.mark.parametrize("position", ["x", "1.5", "0x1", ""])
def test_a_cursor_that_is_none_is_refused(ada, path, position):
    cursor = base64.b64encode(f"p={position}x".encode()).decode()

    problem(ada.client.get(path, {"cursor": cursor}), 400, "malformed_cursor")


def test_a_cursor_beyond_every_number_is_the_end(ada, conversation, path):
    say(conversation, "Hello", ada)
    cursor = base64.b64encode(b"p=" + b"9" * 40).decode()

    answer = ada.client.get(path, {"cursor": cursor})

    assert answer.status_code == 200
    assert texts(answer.json()) == []


def test_one_message_is_read_by_its_id(ada, bob, conversation):
    question = say(conversation, "Where is it?", bob, metadata={"a": 1})
    answer = say(conversation, "Here.", reply_to=question.id)

    shown = ada.get(f"/api/v1/messages/{answer.id}/").json()

    assert (shown["id"], shown["text"], shown["role"]) == (str(answer.id), "Here.", "assistant")
    assert (shown["reply_to"], shown["author"], shown["status"]) == (str(question.id), None, "completed")
    asked = ada.get(f"/api/v1/messages/{question.id}/").json()
    assert (asked["author"], asked["role"], asked["metadata"]) == (str(bob.user.id), "user", {"a": 1})


def test_the_list_and_the_single_message_are_told_alike(ada, conversation, path):
    message = say(conversation, "Hello", ada)

    assert ada.get(path).json()["results"] == [ada.get(f"/api/v1/messages/{message.id}/").json()]


def test_the_log_tells_the_message_as_the_list_does(ada, conversation, path):
    ada.post(path, {"text": "Hello", "metadata": {"a": [1]}})

    event = ada.get(f"/api/v1/conversations/{conversation.id}/events/").json()["results"][0]

    shown = ada.get(path).json()["results"][0]
    told = event["data"]["message"]
    assert event["type"] == "message.received"
    assert told == shown


def test_a_message_raises_the_count_and_the_version_of_its_conversation(ada, conversation):
    say(conversation, "Hello", ada)
    say(conversation, "Good day.")

    after = fresh(conversation)

    assert (after.message_count, after.context_version) == (2, 2)
    assert after.updated_at > conversation.updated_at
