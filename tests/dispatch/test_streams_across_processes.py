"""Post to one process and follow on another: nothing is missing, and mid-answer texts are exact."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.live import PATIENCE, LivePerson, Socket, Stream, eventually
from tests.modes import PRODUCTION
from tests.speaking_app.prompter import Prompter

TEXT = HARD * 6  # over three seconds, unless it is prompted


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


@pytest.fixture(scope="module")
def elsewhere(deployment: Deployment, server: Server) -> LivePerson:
    """bob, on another process with the same database."""
    return deployment.serve(EXTRA_APPS="tests.speaking_app").person("bob")


def test_events_of_another_process_arrive_in_order(live_ada: LivePerson, elsewhere: LivePerson) -> None:
    conversation = live_ada.conversation()

    with elsewhere.stream(conversation) as stream:
        stream.until("stream.ready")
        for number in range(10):
            (live_ada, elsewhere)[number % 2].say(conversation, f"number {number}")
        seen = [event for _ in range(10) for event in stream.until("run.completed")]

    assert wire.durable(seen) == live_ada.events(conversation)
    assert [event["seq"] for event in wire.durable(seen)] == list(range(1, 51))


def test_answer_grows_on_the_other_process_too(live_ada: LivePerson, elsewhere: LivePerson, prompter: Prompter) -> None:
    conversation, seen = live_ada.conversation(), []

    with elsewhere.stream(conversation) as stream, elsewhere.socket() as socket, live_ada.stream(conversation) as own:
        clients: list[Stream | Socket] = [stream, socket, own]
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        heard = [wire.hear(client, 10) for client in clients]
        prompter.allow(len(TEXT))
        seen = [before + client.until("run.completed") for before, client in zip(heard, clients, strict=True)]

    for events in seen:
        wire.check_answer(events, TEXT)
    assert wire.durable(seen[0]) == wire.durable(seen[1]) == wire.durable(seen[2])


@pytest.mark.skipif(not PRODUCTION, reason="without Redis another process sees the saved text, each second")
def test_answer_reaches_the_other_process_in_as_many_pieces_as_its_own(
    live_ada: LivePerson, elsewhere: LivePerson
) -> None:
    """Once more where a busy machine cut off the rings meanwhile."""
    eventually(lambda: len(wire.deltas(recited(live_ada, elsewhere))) > 10, 3 * PATIENCE)


def recited(speaker: LivePerson, follower: LivePerson) -> list[dict[str, Any]]:
    conversation = speaker.conversation()
    with follower.stream(conversation) as stream:
        wire.recite(speaker, conversation, TEXT)
        return stream.until("run.completed")


def test_who_joins_elsewhere_in_mid_answer_ends_with_the_exact_text(
    live_ada: LivePerson, elsewhere: LivePerson, prompter: Prompter
) -> None:
    conversation = live_ada.conversation()
    wire.recite(live_ada, conversation, TEXT, prompter)
    prompter.allow(20)

    with elsewhere.stream(conversation) as late:
        seen = wire.hear(late, 10)
        prompter.allow(len(TEXT))
        seen += late.until("run.completed")

    wire.check_answer(seen, TEXT)


def test_client_moves_to_another_process_in_mid_answer(
    live_ada: LivePerson, elsewhere: LivePerson, prompter: Prompter
) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        before = wire.hear(stream, 10)
        prompter.allow(20)

    with elsewhere.stream(conversation, before[-1]["id"]) as stream:
        after = stream.until(wire.DELTA)
        prompter.allow(len(TEXT))
        after += stream.until("run.completed")

    assert after[0]["data"]["resumed"]
    assert "stream.reset" not in [event["type"] for event in after]
    wire.check_answer(after, TEXT, wire.answer(before))
    assert wire.durable(before + after) == live_ada.events(conversation)


def test_client_moves_between_processes_without_loss_or_doubles(live_ada: LivePerson, elsewhere: LivePerson) -> None:
    conversation, cursor, seen = live_ada.conversation(), None, []

    for number in range(12):
        live_ada.say(conversation, f"number {number}")
        with (elsewhere, live_ada)[number % 2].stream(conversation, cursor) as stream:
            events = stream.until("message.completed")
        assert "stream.reset" not in [event["type"] for event in events]
        seen += wire.durable(events)
        cursor = events[-1]["id"]

    assert seen == live_ada.events(conversation)[: len(seen)]
    assert seen[-1]["type"] == "message.completed"


@pytest.fixture
def redis() -> Iterator[Redis]:
    from django.conf import settings

    with Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.mark.skipif(not PRODUCTION, reason="without Redis there is nothing that could forget the group")
def test_processes_find_each_other_again_after_redis_forgot_them(
    redis: Redis, live_ada: LivePerson, elsewhere: LivePerson, prompter: Prompter
) -> None:
    group = "switchboard:group:rings"
    eventually(lambda: redis.exists(group))

    redis.delete(group)

    eventually(lambda: redis.zcard(group) >= 2)
    test_answer_grows_on_the_other_process_too(live_ada, elsewhere, prompter)
    test_answer_reaches_the_other_process_in_as_many_pieces_as_its_own(live_ada, elsewhere)
