"""Thirty messages at once into one conversation, through two processes: each policy keeps its promise."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from tests.dispatch.held import Held, Pair, pair, say_at_once
from tests.live import FINAL, LivePerson

MESSAGES = 30
KINDS = ["test.held", "test.held_sync"]


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair("at_once") as made:
        yield made


@pytest.fixture(scope="module")
def people(two: Pair) -> list[LivePerson]:
    """ada and bob, each on another process."""
    return [two.servers[0].person("ada"), two.servers[1].person("bob")]


@pytest.fixture
def held(two: Pair) -> Iterator[Held]:
    made = two.held(uuid4().hex[:8])
    yield made
    made.let_go()


def at_once(people: list[LivePerson], held: Held, policy: str, kind: str) -> tuple[str, list[Any]]:
    """The conversation, and the answers to all who spoke."""
    conversation = people[0].conversation(policy=policy)
    texts = [f"{held.group} {number}" for number in range(MESSAGES)]
    return conversation, say_at_once(people, conversation, texts, kind=kind)


def outcome(answers: list[Any]) -> dict[str, int]:
    return Counter("taken" if answer.status_code == 202 else answer.json()["code"] for answer in answers)


def endings(events: list[dict[str, Any]]) -> list[str]:
    """How the runs have ended, each once."""
    ended = [event for event in events if event["type"] in FINAL]
    assert len({event["run"] for event in ended}) == len(ended)
    return [event["type"] for event in ended]


def received(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["message"]["text"] for event in events if event["type"] == "message.received"]


def positions(events: list[dict[str, Any]]) -> list[int]:
    return [event["data"]["position"] for event in events if event["type"] == "run.queued"]


@pytest.mark.parametrize("kind", KINDS)
def test_enqueue_takes_twenty_and_answers_one_after_the_other(people: list[LivePerson], held: Held, kind: str) -> None:
    conversation, answers = at_once(people, held, "enqueue", kind)
    held.await_begun(1)
    held.let_go()

    events = people[1].settled(conversation, settings.QUEUE_LIMIT, 100)

    assert outcome(answers) == {"taken": settings.QUEUE_LIMIT, "queue_full": MESSAGES - settings.QUEUE_LIMIT}
    assert positions(events) == list(range(settings.QUEUE_LIMIT))
    assert endings(events) == ["run.completed"] * settings.QUEUE_LIMIT
    assert (held.begun(), held.most()) == (received(events), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_reject_takes_one_and_refuses_until_it_is_answered(people: list[LivePerson], held: Held, kind: str) -> None:
    conversation, answers = at_once(people, held, "reject", kind)
    held.let_go()
    events = people[1].settled(conversation, 1, 60)

    later = people[1].say(conversation, f"{held.group} later", kind=kind)

    assert outcome(answers) == {"taken": 1, "conversation_busy": MESSAGES - 1}
    assert endings(events) == ["run.completed"]
    assert later.status_code == 202
    people[0].settled(conversation, 2, 60)


@pytest.mark.parametrize("kind", KINDS)
def test_parallel_takes_twenty_and_asks_for_all_at_once(people: list[LivePerson], held: Held, kind: str) -> None:
    conversation, answers = at_once(people, held, "parallel", kind)
    held.await_begun(settings.QUEUE_LIMIT)
    held.let_go()

    events = people[1].settled(conversation, settings.QUEUE_LIMIT, 100)

    assert outcome(answers) == {"taken": settings.QUEUE_LIMIT, "queue_full": MESSAGES - settings.QUEUE_LIMIT}
    assert endings(events) == ["run.completed"] * settings.QUEUE_LIMIT
    assert positions(events) == [0] * settings.QUEUE_LIMIT
    assert held.most() == settings.QUEUE_LIMIT
