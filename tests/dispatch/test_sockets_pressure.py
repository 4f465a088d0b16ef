"""A client that does not read, or a database that does not answer: what a socket holds, and what still goes on."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from contexts import conversations
from contexts.models import Conversation
from dispatch.feeds import Follower
from dispatch.frames import Frame
from dispatch.live import live
from dispatch.sockets import Socket
from project import log, pools
from tests.declared import declared
from tests.dispatch.hubs import following, in_thread, until
from tests.dispatch.talking import connected, serving
from tests.dispatch.test_guard import occupied
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]

MANY = 6


@pytest.fixture(autouse=True)
def types() -> Iterator[None]:
    with declared("test.said"):
        yield


@pytest.fixture
def streams(ada: Person) -> list[str]:
    return [conversations.create(ada.user, ada.workspace.id, {}).stream for _ in range(MANY)]


def append(streams: list[str], count: int = 1) -> None:
    with transaction.atomic():
        for stream in streams:
            for _ in range(count):
                log.append(stream, "test.said", {})


def said(frame: dict[str, Any]) -> bool:
    return bool(frame["type"] == "test.said")


def followers() -> list[Follower]:
    return [follower for feed in live.hub._feeds.values() for follower in feed.followers]


def living(name: str) -> int:
    """Frames in memory, whoever holds them."""
    gc.collect()
    # `isinstance` would ask a dead proxy for its class.
    return sum(type(one) is Frame and one.type == name for one in gc.get_objects())


async def read(seq: int) -> None:
    """Until the hub has read so far in each log that is followed."""
    await until(lambda: all(feed.seq == seq for feed in live.hub._feeds.values()))


def test_client_that_does_not_read_has_one_frame_on_its_way_however_many_streams_it_follows(
    ada: Person, streams: list[str]
) -> None:
    async def scenario() -> tuple[int, int, list[list[int]]]:
        async with serving(), connected(ada.token) as client:
            await client.follow(*streams)
            client.reading.clear()
            await in_thread(append, streams, 3)
            await read(3)
            await until(lambda: not any(follower.held or follower._mailbox for follower in followers()))
            stalled, alive = len(client.all(said)), living("test.said")
            client.reading.set()
            found = await client.got(said, 3 * MANY)
            return (
                stalled,
                alive,
                [[frame["seq"] for frame in found if frame["stream"] == stream] for stream in streams],
            )

    assert asyncio.run(scenario()) == (1, 1, [[1, 2, 3]] * MANY)


def test_event_can_be_acknowledged_before_the_next_can_be_written(ada: Person, streams: list[str]) -> None:
    async def scenario() -> dict[str, Any]:
        async with serving(), connected(ada.token) as client:
            await client.follow(streams[0])
            client.reading.clear()
            await in_thread(append, streams[:1])
            event = (await client.got(said))[0]
            client.say(op="ack", stream=streams[0], id=event["id"], ref=1)
            await until(lambda: client.said.empty())
            client.reading.set()
            return await client.answer(1)

    assert asyncio.run(scenario())["data"] == {"stream": streams[0], "unacknowledged": 0}


def test_acknowledgement_waits_for_no_frame_that_waits_for_the_database(ada: Person, streams: list[str]) -> None:
    async def scenario() -> tuple[list[int], list[Any]]:
        async with serving(), connected(ada.token) as client:
            await client.follow(streams[0])
            await in_thread(append, streams[:1])
            event = (await client.got(said))[0]
            window: Any = followers()[0]
            before = len(window._open)
            with occupied(pools.streams, 1):
                client.say(op="subscribe", stream=streams[1], ref=1)
                client.say(op="ack", stream=streams[0], id=event["id"], ref=2)
                await until(lambda: not window._open)
                hanging = not client.all(lambda frame: frame.get("ref") == 1)
            await client.answer(2)
            refs = [frame["ref"] for frame in client.written if frame.get("ref")]
            return [before, hanging], refs

    assert asyncio.run(scenario()) == ([1, True], [1, 2])


def test_acknowledgement_that_comes_with_its_subscription_waits_for_that(ada: Person, streams: list[str]) -> None:
    append(streams)
    head = str(log.head(streams[0]).cursor())

    async def scenario() -> dict[str, Any]:
        async with serving(), connected(ada.token) as client:
            await client.follow(streams[1])
            with occupied(pools.streams, 1):
                client.say(op="subscribe", stream=streams[0], after=head)
                client.say(op="ack", stream=streams[0], id=head, ref=1)
                await until(client.said.empty)
            return await client.answer(1)

    assert asyncio.run(scenario())["type"] == "ok"


@pytest.mark.parametrize(
    ("refs", "code"),
    [(["x" * 400_000] * 2, None), (["x" * 400_000] * 3, 4429), (["\u20ac" * 200_000] * 2, 4429), (["x"] * 65, 4429)],
    ids=["fits", "large", "large in UTF-8", "many"],
)
def test_what_waits_to_be_carried_out_is_bounded(
    ada: Person, streams: list[str], refs: list[str], code: int | None
) -> None:
    async def scenario() -> int | None:
        async with serving(), connected(ada.token) as client:
            await client.follow(streams[0])
            with occupied(pools.streams, 1):
                client.say(op="subscribe", stream=streams[1])
                await until(client.said.empty)
                for ref in refs:
                    client.say(op="ping", ref=ref)
                await until(lambda: client.said.empty() and (code is None or client.code is not None))
                return client.code

    assert asyncio.run(scenario()) == code


def test_acknowledgement_takes_no_place_of_what_is_to_be_carried_out(ada: Person, streams: list[str]) -> None:
    async def scenario() -> list[int]:
        async with serving(), connected(ada.token) as client:
            await client.follow(streams[0])
            await in_thread(append, streams[:1])
            event = (await client.got(said))[0]
            with occupied(pools.streams, 1):
                client.say(op="subscribe", stream=streams[1])
                for number in range(100):
                    client.say(op="ack", stream=streams[0], id=event["id"], ref=number)
                await until(client.said.empty)
            return [frame["ref"] for frame in await client.got(lambda frame: frame.get("op") == "ack", 100)]

    assert asyncio.run(scenario()) == list(range(100))


def test_signing_in_ends_after_five_seconds_though_the_database_hangs(ada: Person, settings: Any) -> None:
    settings.ANSWER_SECONDS = 600

    async def scenario() -> tuple[int | None, str]:
        async with serving():
            with occupied(pools.streams, 1):
                async with connected(ada.token) as client:
                    await until(lambda: client.code is not None)
                    return client.code, client.written[0]["problem"]["code"]

    assert asyncio.run(scenario()) == (4503, "late")


def test_every_stream_of_a_socket_says_why_it_ends(ada: Person, streams: list[str]) -> None:
    async def scenario() -> tuple[list[str], int | None]:
        async with serving(), connected(ada.token) as client:
            await client.follow(*streams)
            live.hub.stop("restarting")
            await until(lambda: client.code is not None)
            ends = client.all(lambda frame: frame["type"] == "stream.end")
            return sorted(frame["stream"] for frame in ends if frame["data"] == {"reason": "restarting"}), client.code

    assert asyncio.run(scenario()) == (sorted(streams), 4503)


@pytest.mark.parametrize("told", [True, False])
def test_no_stream_outlives_a_socket_whose_end_is_cut_short(ada: Person, streams: list[str], told: bool) -> None:
    async def push(_: str) -> None:
        await asyncio.sleep(0 if told else 0.01)

    async def scenario() -> list[bool]:
        async with serving():
            socket = Socket(await in_thread(lambda: ada.identity), push, lambda _: None)
            for stream in streams:
                await socket.subscribe(stream, None, None)
            tasks = [one.task for one in socket._following.values()]
            await until(lambda: len(followers()) == MANY)
            if told:
                live.hub.stop("restarting")
            closing = asyncio.create_task(socket.close())
            await asyncio.sleep(0)
            closing.cancel()
            await until(lambda: all(task.done() for task in tasks))
            return [bool(followers()), bool(live.guard._watches)]

    assert asyncio.run(scenario()) == [False, False]


@pytest.mark.parametrize("meanwhile", [0, 20])
def test_halted_follower_holds_nothing_and_goes_on_from_the_rows(conversation: Conversation, meanwhile: int) -> None:
    append([conversation.stream], 20)

    async def scenario() -> tuple[list[int], bool, list[int]]:
        async with serving(), following(live.hub, conversation.stream) as client:
            first = await client.durable(5)
            client.follower.halt()
            await in_thread(append, [conversation.stream], meanwhile)
            await read(20 + meanwhile)
            empty = not client.follower.held and not client.follower._mailbox
            client.follower.resume()
            return first, empty, await client.durable(15 + meanwhile)

    assert asyncio.run(scenario()) == (list(range(1, 6)), True, list(range(6, 21 + meanwhile)))
