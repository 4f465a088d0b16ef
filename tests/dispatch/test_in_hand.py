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
from tests.dispatch.test_guard import occupied

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
            return [(frame["type"], frame["seq"]) for frame in found]

    assert asyncio.run(scenario()) == [("message.delta", 0), ("test.said", 1), ("message.delta", 1)]
