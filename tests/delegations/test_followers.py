"""Who follows an answer sees it grow while its run waits, too: nothing twice, and nothing less than before."""

import asyncio
import time
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from contexts.models import Conversation
from dispatch import consulting, delegations, dispatcher
from dispatch.turns import Turn
from project.readers import EVERYBODY, Reader
from tests.delegations.consulted import HERE, expert
from tests.delegations.played import ask
from tests.dispatch.hubs import following, in_thread, running
from tests.people import Person
from tests.security import secret_forms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]

OVER = ("run.completed", "run.failed")


@pytest.fixture
def one_reader(settings: Any) -> None:
    settings.POOL_THREADS = settings.POOL_THREADS | {"streams": 1}


async def watched(run: UUID, stream: str, reader: Reader = EVERYBODY) -> Any:
    """What a client shows after each delta, and all events, while the run is carried to its end."""
    copy, shown, events = "", list[str](), list[dict[str, Any]]()
    async with running() as hub, following(hub, stream, reader=reader) as client:
        carrying = asyncio.create_task(carried(run))
        while not events or events[-1]["type"] not in OVER:
            event = await client.next()
            events.append(event)
            if event["type"] == "message.delta":
                data = event["data"]
                assert data["offset"] <= len(copy)
                copy = copy[: data["offset"]] + data["text"]
                shown.append(copy)
        await carrying
    return shown, events


async def carried(run: UUID) -> None:
    while True:
        await dispatcher.process(run, HERE)
        due = await in_thread(delegations.next_due, 10, HERE)
        if not due:
            return
        for id in due:
            await consulting.process(id, HERE)


def follow(run: UUID, conversation: Conversation, reader: Reader = EVERYBODY) -> Any:
    return asyncio.run(watched(run, conversation.stream, reader))


def final(events: list[dict[str, Any]]) -> str:
    [message] = [
        e["data"]["message"] for e in events if e["type"] == "message.completed" and e["actor"]["kind"] == "handler"
    ]
    return str(message["text"])


def never_shrinks(shown: list[str]) -> bool:
    return all(later.startswith(before) for before, later in pairwise(shown))


def test_text_that_was_said_before_is_not_shown_twice(ada: Person, conversation: Conversation, playing: Any) -> None:
    def play(turn: Turn) -> None:
        turn.say("Let me ")
        time.sleep(0.15)  # of two notes: who began anew would show less than before
        turn.say("ask. ")
        turn.say(turn.delegate("counter", {"text": "one two"}).text + " And again: ")
        turn.say(turn.delegate("counter", {"text": "three"}).text)

    expert("counter")
    playing(play)

    shown, events = follow(ask(ada, conversation), conversation)

    assert final(events) == "Let me ask. There are 2 words. And again: There are 1 words."
    assert "Let me ask." in [text.rstrip() for text in shown]
    assert never_shrinks(shown)
    assert final(events).startswith(shown[-1])
    numbers = [event["seq"] for event in events if event["type"] not in ("message.delta", "stream.ready")]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_what_is_masked_before_the_wait_stays_masked_once(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    key = secret_forms.KEYS["github"]()

    def play(turn: Turn) -> None:
        turn.say(f"Take {key} and go. ")
        turn.say(turn.delegate("counter", {"text": "one two"}).text)

    expert("counter")
    playing(play)

    shown, events = follow(ask(ada, conversation), conversation)

    assert not any(key[4:12] in text for text in shown)
    assert never_shrinks(shown)
    assert shown[-1].count("[secret: GitHub token]") == final(events).count("[secret: GitHub token]") == 1


def test_handler_that_says_otherwise_afterwards_ends_with_what_it_says(
    ada: Person, conversation: Conversation, playing: Any
) -> None:
    def play(turn: Turn) -> None:
        turn.say("First of all, " if turn.attempt == 1 else "Then, after all, ")
        turn.say(turn.delegate("counter", {"text": "one two"}).text)

    expert("counter")
    playing(play)

    shown, events = follow(ask(ada, conversation), conversation)

    assert final(events) == "Then, after all, There are 2 words."
    assert shown[0].startswith("First")
    assert shown[-1] == final(events)


def test_private_answer_is_followed_by_its_asker_alone(
    ada: Person, bob: Person, conversation: Conversation, playing: Any
) -> None:
    def play(turn: Turn) -> None:
        turn.say("Between us: ")
        turn.say(turn.delegate("counter", {"text": "one two"}).text)

    expert("counter")
    playing(play)

    shown, events = follow(ask(ada, conversation, audience="sender"), conversation, Reader(str(bob.user.id)))

    assert shown == []
    assert not [event for event in events if event["type"].startswith(("delegation.", "message.completed"))]
    assert events[-1]["type"] == "run.completed"
