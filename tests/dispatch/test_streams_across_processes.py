"""Post to one process and follow on another: nothing is missing, and mid-answer texts are exact."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.live import LivePerson, eventually
from tests.modes import PRODUCTION

TEXT = HARD * 6  # over three seconds: without Redis another process sees the saved text, each second


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


def test_answer_grows_on_the_other_process_too(live_ada: LivePerson, elsewhere: LivePerson) -> None:
    conversation = live_ada.conversation()

    with elsewhere.stream(conversation) as stream, elsewhere.socket() as socket, live_ada.stream(conversation) as own:
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        wire.recite(live_ada, conversation, TEXT)
        seen = [client.until("run.completed") for client in (stream, socket, own)]

    for events in seen:
        wire.check_answer(events, TEXT)
    assert wire.durable(seen[0]) == wire.durable(seen[1]) == wire.durable(seen[2])
    assert all(len(wire.deltas(events)) > (10 if PRODUCTION else 0) for events in seen)


def test_who_joins_elsewhere_in_mid_answer_ends_with_the_exact_text(
    live_ada: LivePerson, elsewhere: LivePerson
) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        for _ in range(5):
            stream.until(wire.DELTA)

        with elsewhere.stream(conversation) as late:
            seen = late.until("run.completed")

    wire.check_answer(seen, TEXT)


def test_client_moves_to_another_process_in_mid_answer(live_ada: LivePerson, elsewhere: LivePerson) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        before = [event for _ in range(5) for event in stream.until(wire.DELTA)]

    with elsewhere.stream(conversation, before[-1]["id"]) as stream:
        after = stream.until("run.completed")

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
    redis: Redis, live_ada: LivePerson, elsewhere: LivePerson
) -> None:
    group = "switchboard:group:rings"
    assert redis.exists(group)

    redis.delete(group)

    eventually(lambda: redis.zcard(group) >= 2, 12)
    test_answer_grows_on_the_other_process_too(live_ada, elsewhere)
