"""After rings were lost the hub reads again whatever is followed here, in batches."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction

from dispatch.feeds import Follower
from dispatch.hub import BATCH, Hub
from project import bus, log
from project.models import Event, Stream
from tests.dispatch.hubs import in_thread, running, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]

LOGS = BATCH + 20


def open_logs(count: int) -> list[str]:
    streams = [f"workspace:{number:032x}" for number in range(count)]
    with transaction.atomic():
        for stream in streams:
            log.open_stream(stream)
    return streams


def append_in_silence(streams: list[str]) -> None:
    """As another process does whose rings are lost."""
    with transaction.atomic():
        Stream.objects.filter(key__in=streams).update(head=1)
        for stream in streams:
            Event.objects.create(stream_id=stream, seq=1, type="member.added", time="2026-01-01T00:00:00Z")


async def follow(stack: AsyncExitStack, hub: Hub, streams: list[str]) -> list[Follower]:
    followers = [Follower() for _ in streams]
    for stream, follower in zip(streams, followers, strict=True):
        await stack.enter_async_context(hub.joined(stream, follower))
    return followers


def test_loss_of_rings_marks_every_log_that_is_followed_here() -> None:
    streams = open_logs(3)

    async def scenario() -> set[str]:
        hub = Hub()  # which does not turn: what it means to read stays visible
        async with AsyncExitStack() as stack:
            await follow(stack, hub, streams[:2])
            hub._dirty.clear()
            bus.lost()
            await asyncio.sleep(0)
            return set(hub._dirty)

    assert async_to_sync(scenario)() == set(streams[:2])


def test_log_that_was_rung_for_while_it_was_opened_is_read_at_once() -> None:
    """Before its head was known there was nothing to go on from."""
    (stream,) = open_logs(1)

    async def scenario() -> set[str]:
        hub = Hub()
        async with AsyncExitStack() as stack:
            opening = asyncio.create_task(follow(stack, hub, [stream]))
            await asyncio.sleep(0)
            hub._mark(stream)
            reading, hub._dirty = list(hub._dirty), set()
            await hub._read(reading, poll=False)
            await opening
            return set(hub._dirty)

    assert async_to_sync(scenario)() == {stream}


def test_more_logs_than_a_batch_are_all_read_again() -> None:
    streams = open_logs(LOGS)

    async def scenario() -> list[list[int]]:
        async with running() as hub, AsyncExitStack() as stack:
            followers = await follow(stack, hub, streams)
            await in_thread(append_in_silence, streams)
            bus.lost()
            seen: list[list[int]] = [[] for _ in streams]

            def take() -> bool:
                for index, follower in enumerate(followers):
                    seen[index] += [frame.seq for frame in follower.take()]
                return all(seen)

            await until(take)
            return seen

    assert async_to_sync(scenario)() == [[1]] * LOGS
