"""How many messages a user may send, whatever the conversation and the door."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from contexts import conversations
from contexts.models import Message
from project.models import Event
from tests.people import Person, make_people
from tests.problem import problem
from tests.threads import at_once


@pytest.fixture(autouse=True)
def three(settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"messages": (3, timedelta(minutes=1))}


def talk(person: Person) -> Any:
    return conversations.create(person.user, person.workspace.id, {})


def say(person: Person, conversation: Any, **headers: str) -> Any:
    return person.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}, **headers)


def test_a_user_sends_as_many_as_may_be_whatever_the_conversation(ada: Person, bob: Person) -> None:
    talks = [talk(ada) for _ in range(4)]

    answers = [say(ada, conversation) for conversation in talks]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    problem(answers[3], 429, "rate_limited")
    assert answers[3]["RateLimit-Policy"] == '"messages";q=3;w=60'
    assert not Event.objects.filter(stream=talks[3].stream, type="message.received").exists()
    assert say(bob, talks[0]).status_code == 202


def test_retries_and_what_is_refused_do_not_count(ada: Person) -> None:
    conversation = talk(ada)
    key = {"Idempotency-Key": "once"}

    for _ in range(3):
        assert say(ada, conversation, **key).status_code == 202
        assert ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": ""}).status_code == 422

    assert [say(ada, conversation).status_code for _ in range(3)] == [202, 202, 429]


def test_who_has_sent_too_many_still_gets_the_first_answer_to_a_retry(ada: Person) -> None:
    conversation = talk(ada)
    first = say(ada, conversation, **{"Idempotency-Key": "once"})
    for _ in range(3):
        say(ada, conversation)

    again = say(ada, conversation, **{"Idempotency-Key": "once"})

    assert (again.status_code, again.json()) == (202, first.json())


@pytest.mark.django_db(transaction=True)
def test_of_messages_at_the_same_moment_no_more_are_taken() -> None:
    ada = Person(make_people()["ada"])
    talks = [talk(ada) for _ in range(8)]

    answers = at_once([partial(say, ada, conversation) for conversation in talks])

    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 5
    assert Message.objects.count() == 3
