"""Rows that went while somebody followed are told, and a place ahead of this process is waited for."""

import asyncio
from typing import Any

import pytest
from django.db import transaction

from contexts.models import Conversation
from dispatch import runs
from dispatch.following import BEHIND_SECONDS
from dispatch.intake import receive
from dispatch.news import PAGE_BYTES
from dispatch.runs import Claim
from dispatch.submissions import parse
from project import log
from project.models import Event, Stream
from tests.declared import declared
from tests.dispatch.hubs import following, in_thread, running
from tests.dispatch.texts import HARD
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


def append(stream: str, count: int = 1, text: str = "") -> None:
    with declared("test.said"), transaction.atomic():
        for _ in range(count):
            log.append(stream, "test.said", {"text": text})


def prune(stream: str, until: int) -> None:
    Event.objects.filter(stream=stream, seq__lte=until).delete()


def grow_unheard(stream: str) -> None:
    """As if long retention had passed over a process that could not read: rows came and went before it looked."""
    with transaction.atomic():
        Stream.objects.filter(key=stream).update(head=8)
        Event.objects.create(stream_id=stream, seq=8, type="message.received", time="2026-01-01T00:00:00Z")


def test_floor_is_the_last_event_that_is_gone(conversation: Conversation) -> None:
    floors = [log.floor(conversation.stream)]
    append(conversation.stream, 5)

    for until in (0, 2, 5):
        prune(conversation.stream, until)
        floors.append(log.floor(conversation.stream))

    assert floors == [0, 0, 2, 5]


def test_follower_that_is_overtaken_by_pruning_hears_so(conversation: Conversation) -> None:
    append(conversation.stream, 10, "x" * PAGE_BYTES)  # each is a page of its own

    async def scenario() -> list[dict[str, Any]]:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.durable(2)
            await in_thread(prune, conversation.stream, 8)
            return await client.until("stream.end")

    frames = asyncio.run(scenario())

    assert [frame["type"] for frame in frames] == ["stream.end"]
    assert frames[-1]["data"] == {"reason": "pruned"}


def test_rows_that_went_before_the_hub_read_them_end_its_streams(conversation: Conversation) -> None:
    append(conversation.stream, 3)

    async def scenario() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        async with running() as hub:
            async with following(hub, conversation.stream) as client:
                await client.durable(3)
                await in_thread(grow_unheard, conversation.stream)
                end = (await client.until("stream.end"))[-1]
            after = f"{log_epoch}-3"
            async with following(hub, conversation.stream, after) as client:
                return end, [await client.next(), await client.next()]

    log_epoch = log.head(conversation.stream).epoch
    end, again = asyncio.run(scenario())

    assert end["data"] == {"reason": "pruned"}
    assert [frame["type"] for frame in again] == ["stream.ready", "stream.reset"]
    assert again[1]["data"] == {"reason": "pruned", "head": f"{log_epoch}-8"}


def test_log_that_went_on_and_of_which_nothing_is_left_ends_its_streams(conversation: Conversation) -> None:
    append(conversation.stream, 3)

    async def scenario() -> dict[str, Any]:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.durable(3)
            await in_thread(set_head, conversation.stream, 8)
            return (await client.until("stream.end"))[-1]

    assert asyncio.run(scenario())["data"] == {"reason": "pruned"}


def test_log_of_which_nothing_is_left_resets_what_is_older(conversation: Conversation) -> None:
    append(conversation.stream, 3)
    head = str(log.head(conversation.stream).cursor())
    prune(conversation.stream, 3)

    async def scenario() -> list[list[dict[str, Any]]]:
        seen = []
        async with running() as hub:
            for after in (head.replace("-3", "-2"), head, None):
                async with following(hub, conversation.stream, after) as client:
                    client_frames = [await client.next()]
                    await in_thread(append, conversation.stream)
                    seen.append([*client_frames, *await client.until("test.said")])
                await in_thread(reset_to_three, conversation.stream)
        return seen

    older, at_head, anew = asyncio.run(scenario())

    assert [frame["type"] for frame in older] == ["stream.ready", "stream.reset", "test.said"]
    assert older[1]["data"] == {"reason": "pruned", "head": head}
    assert [frame["data"].get("resumed") for frame in (older[0], at_head[0], anew[0])] == [False, True, False]
    assert [len(at_head), len(anew)] == [2, 2]


def set_head(stream: str, seq: int) -> None:
    Stream.objects.filter(key=stream).update(head=seq)


def reset_to_three(stream: str) -> None:
    Event.objects.filter(stream=stream).delete()
    set_head(stream, 3)


def claimed(person: Person, conversation: Conversation, text: str) -> Claim:
    """A run in mid-answer, without a dispatcher, of which the row has a text."""
    claim = runs.claim(receive(parse({"text": "hi"}, None), person.identity, conversation.id).run, "test")
    assert claim is not None
    runs.checkpoint(claim, text)
    return claim


def place(claim: Claim, stream: str, offset: int) -> str:
    return f"{log.head(stream).cursor()}~{claim.reply}.{claim.attempt}.{offset}"


def test_client_that_was_shown_more_elsewhere_waits_for_this_process_to_know_it(
    ada: Person, conversation: Conversation
) -> None:
    claim = claimed(ada, conversation, HARD[:5])
    after = place(claim, conversation.stream, 9)

    async def scenario() -> dict[str, Any]:
        async with running() as hub, following(hub, conversation.stream, after) as client:
            await client.next()
            coming = asyncio.ensure_future(client.next())
            await asyncio.sleep(0.2)  # it would have been sent by now
            assert not coming.done()
            await in_thread(runs.checkpoint, claim, HARD)
            return await coming

    delta = asyncio.run(scenario())

    assert (delta["data"]["offset"], delta["data"]["text"]) == (9, HARD[9:])


def test_place_that_never_was_begins_anew_after_a_while(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation, HARD[:5])
    after = place(claim, conversation.stream, 900)

    async def scenario() -> tuple[dict[str, Any], float]:
        async with running() as hub, following(hub, conversation.stream, after) as client:
            await client.next()
            began = asyncio.get_running_loop().time()
            return await client.next(), asyncio.get_running_loop().time() - began

    delta, waited = asyncio.run(scenario())

    assert (delta["data"]["offset"], delta["data"]["text"]) == (0, HARD[:5])
    assert waited > BEHIND_SECONDS - 1
