"""What a follower takes into its hand is sent at once or not at all, and let go of afterwards."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import transaction

from contexts.models import Conversation
from dispatch.hub import Hub
from dispatch.unfinished import Answer
from project import log, pools
from project.models import Event
from tests.declared import declared
from tests.dispatch.hubs import following, in_thread, running, until
from tests.dispatch.listening import listening
from tests.dispatch.talking import connected, serving
from tests.dispatch.test_following import claimed
from tests.dispatch.test_guard import occupied
from tests.dispatch.test_sockets_pressure import living
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


@pytest.fixture(autouse=True)
def types() -> Iterator[None]:
    with declared("test.said"):
        yield


def append(stream: str, count: int) -> None:
    with transaction.atomic():
        for _ in range(count):
            log.append(stream, "test.said", {})


def test_event_that_was_being_read_when_the_end_came_is_not_sent(conversation: Conversation) -> None:
    async def scenario() -> list[str]:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.until("stream.ready")
            client.follower.halt()
            await in_thread(append, conversation.stream, 3)
            await until(lambda: hub._feeds[conversation.stream].seq == 3)
            client.follower.resume()
            with occupied(pools.streams, 1):
                rest = asyncio.ensure_future(client.until("stream.end"))
                await asyncio.sleep(0)  # it waits for the rows
                client.follower.end("revoked")
            return [frame["type"] for frame in await rest]

    assert asyncio.run(scenario()) == ["stream.end"]


def test_whoever_has_everything_is_ready_without_a_read(conversation: Conversation) -> None:
    append(conversation.stream, 3)
    head = log.head(conversation.stream)

    async def scenario() -> list[tuple[str, bool | None]]:
        async with running() as hub, following(hub, conversation.stream) as other:
            await other.durable(3)
            with occupied(pools.streams, 1):
                async with following(hub, conversation.stream, f"{head.epoch}-{head.seq}") as client:
                    found = [await client.next()]
                    client.follower.end("revoked")
                    found.append(await client.next())
            return [(frame["type"], frame["data"].get("resumed")) for frame in found]

    assert asyncio.run(scenario()) == [("stream.ready", True), ("stream.end", None)]


def test_event_comes_in_between_the_pieces_of_unfinished_answers(conversation: Conversation) -> None:
    """Each is made when its turn comes: all of them at once are large, and their cursors old."""

    async def scenario() -> list[tuple[str, int]]:
        hub = Hub()  # not running: it looks at nothing by itself
        async with following(hub, conversation.stream) as client:
            await client.until("stream.ready")
            feed = hub._feeds[conversation.stream]
            for text in ("one", "two"):
                answer = feed.answers[uuid4()] = Answer(uuid4(), None, 1)
                answer.take(1, 0, text, "")
                answer.shown = True
            found = [await client.next()]
            await in_thread(append, conversation.stream, 1)
            feed.publish(await in_thread(Event.objects.filter(stream_id=conversation.stream).get))
            found += [await client.next(), await client.next()]
            await asyncio.to_thread(pools.streams.close)
            return [(frame["type"], frame["seq"]) for frame in found]

    assert asyncio.run(scenario()) == [("message.delta", 0), ("test.said", 1), ("message.delta", 1)]


def test_socket_holds_no_event_once_it_is_sent(ada: Person, conversation: Conversation) -> None:
    async def scenario() -> int:
        async with serving(), connected(ada.token) as client:
            await client.follow(conversation.stream)
            await in_thread(append, conversation.stream, 1)
            await client.got(lambda frame: bool(frame["type"] == "test.said"))
            return await left("test.said")

    assert asyncio.run(scenario()) == 0


@pytest.mark.parametrize("of", ["conversation", "run"])
def test_stream_holds_no_event_once_it_is_sent(ada: Person, conversation: Conversation, of: str) -> None:
    run = claimed(ada, conversation).run
    path = f"/api/v1/runs/{run}/events/" if of == "run" else f"/api/v1/conversations/{conversation.id}/events/"

    async def scenario() -> int:
        async with serving(), listening(ada.token, path) as (client, _):
            await until(lambda: "event: run.started" in client.text)
            return await left("run.started")

    assert asyncio.run(scenario()) == 0


def test_page_that_was_refused_is_not_held(conversation: Conversation) -> None:
    append(conversation.stream, 5)
    after = f"{log.head(conversation.stream).epoch}-1"
    Event.objects.filter(stream_id=conversation.stream, seq__lte=3).delete()

    async def scenario() -> int:
        async with running() as hub, following(hub, conversation.stream, after) as client:
            await client.until("stream.reset")
            rest = asyncio.ensure_future(client.next())
            found = await left("test.said")
            rest.cancel()
            await asyncio.wait({rest})
            return found

    assert asyncio.run(scenario()) == 0


async def left(type: str) -> int:
    """Frames in memory once whoever sent or read them had its turn to go on; a thread may take a moment for that."""
    for _ in range(100):
        await asyncio.sleep(0.05)
        if (found := living(type)) == 0:
            break
    return found
