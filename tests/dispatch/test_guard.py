"""The guard: a state that cannot be read is no allowance, and a hiccup ends nothing (G6)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dispatch.feeds import Follower
from dispatch.guard import Guard
from project import pools
from security import sessions
from security.models import Session
from tests.dispatch.hubs import in_thread
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


@asynccontextmanager
async def guarded(person: Person) -> AsyncIterator[Follower]:
    """Something open of that person's, watched."""
    guard, follower = Guard(), Follower()
    turning = asyncio.create_task(guard.run())
    try:
        with guard.watching(person.identity, "", follower.end):
            yield follower
    finally:
        turning.cancel()
        await asyncio.wait({turning})
        await asyncio.to_thread(pools.streams.close)


def test_unreadable_sessions_end_streams_after_five_seconds(ada: Person, settings: Any) -> None:
    async def scenario() -> tuple[str | None, float]:
        async with guarded(ada) as follower:
            settings.POOL_BACKLOG = 0
            began = time.monotonic()
            await follower.wait(10)
            return follower.ended, time.monotonic() - began

    ended, seconds = asyncio.run(scenario())

    assert ended == "unavailable"
    assert 4.5 < seconds < 7.5


def test_hiccup_ends_nothing(ada: Person, settings: Any) -> None:
    async def scenario() -> str | None:
        async with guarded(ada) as follower:
            for backlog in (0, 100, 0, 100):
                settings.POOL_BACKLOG = backlog
                await follower.wait(2)
            return follower.ended

    assert asyncio.run(scenario()) is None


def test_ring_of_an_ended_session_is_heard_at_once(ada: Person) -> None:
    async def scenario() -> tuple[str | None, float]:
        async with guarded(ada) as follower:
            await asyncio.sleep(1.1)
            began = time.monotonic()
            await in_thread(sessions.end, Session.objects.filter(id=ada.session.id), "admin")
            await follower.wait(5)
            return follower.ended, time.monotonic() - began

    ended, seconds = asyncio.run(scenario())

    assert ended == "revoked"
    assert seconds < 0.7
