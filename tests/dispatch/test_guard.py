"""The guard: a state that cannot be read is no allowance, and a hiccup ends nothing (G6)."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from django.utils import timezone

from contexts.models import Conversation
from dispatch import operations
from dispatch.feeds import Follower
from dispatch.guard import CHECK_SECONDS, Guard
from dispatch.sockets import Socket
from project import pools
from security import sessions
from security.models import Session, User
from tests.dispatch.hubs import in_thread, until
from tests.live import PATIENCE
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]


@asynccontextmanager
async def guarded(person: Person) -> AsyncIterator[Follower]:
    """Something open of that person's, watched."""
    async with watched(person) as (_, follower):
        yield follower


@asynccontextmanager
async def watched(person: Person) -> AsyncIterator[tuple[Guard, Follower]]:
    guard, follower = Guard(), Follower()
    turning = asyncio.create_task(guard.run())
    try:
        with guard.watching(person.identity, "", follower.end):
            yield guard, follower
    finally:
        turning.cancel()
        await asyncio.wait({turning})
        await asyncio.to_thread(pools.guard.close)


@contextmanager
def occupied(pool: pools.Pool, threads: int) -> Iterator[None]:
    """Meanwhile every thread of the pool is held up, as by a database that does not answer."""
    held = threading.Event()
    for _ in range(threads):
        pool.submit(held.wait, 3 * PATIENCE)
    try:
        yield
    finally:
        held.set()
        pool.close()


def test_unreadable_sessions_end_streams_after_five_seconds(ada: Person, settings: Any) -> None:
    async def scenario() -> tuple[str | None, float]:
        async with guarded(ada) as follower:
            settings.POOL_BACKLOG = 0
            began = time.monotonic()
            await follower.wait(PATIENCE)
            return follower.ended, time.monotonic() - began

    ended, seconds = asyncio.run(scenario())

    assert ended == "unavailable"
    assert 3 < seconds < 3 * 5


def test_hiccup_ends_nothing(ada: Person, settings: Any) -> None:
    async def scenario() -> str | None:
        async with watched(ada) as (guard, follower):
            for _ in range(2):
                settings.POOL_BACKLOG = 0
                await follower.wait(1.5)  # a check at least fails
                settings.POOL_BACKLOG = 100
                await checked(guard)
            return follower.ended

    assert asyncio.run(scenario()) is None


def test_ring_of_an_ended_session_is_heard_at_once(ada: Person) -> None:
    """Well before the next look, which comes each second; on a busy machine in one of five times at least."""

    async def scenario(person: Person) -> tuple[str | None, float]:
        async with watched(person) as (guard, follower):
            await checked(guard)
            began = time.monotonic()
            await in_thread(sessions.end, Session.objects.filter(id=person.session.id), "admin")
            await follower.wait(PATIENCE)
            return follower.ended, time.monotonic() - began

    took: list[float] = []
    while len(took) < 5 and min(took, default=1) > 0.7:
        ended, seconds = asyncio.run(scenario(Person(ada.user)))
        assert ended == "revoked"
        took.append(seconds)

    assert min(took) < 0.7


async def checked(guard: Guard) -> None:
    """Wait until it has just looked at the rows."""
    before = guard._seen_at
    await until(lambda: guard._seen_at > before)


@pytest.mark.parametrize("field", ["idle_until", "expires_at"])
def test_session_past_its_end_has_expired(ada: Person, field: str) -> None:
    Session.objects.filter(id=ada.session.id).update(**{field: timezone.now()})

    assert end_of(ada) == "expired"


def test_session_ended_by_somebody_is_revoked_however_old(ada: Person) -> None:
    sessions.end(Session.objects.filter(id=ada.session.id), "admin")
    Session.objects.filter(id=ada.session.id).update(idle_until=timezone.now())

    assert end_of(ada) == "revoked"


def test_session_of_an_inactive_user_is_revoked(ada: Person) -> None:
    User.objects.filter(id=ada.user.id).update(is_active=False)

    assert end_of(ada) == "revoked"


@pytest.mark.parametrize(("ends", "reason"), [("session", None), ("rights", "demoted")])
def test_verdict_on_the_session_before_is_none_on_a_socket_that_was_renewed_meanwhile(
    ada: Person, ends: str, reason: str | None
) -> None:
    if ends == "session":
        sessions.end(Session.objects.filter(id=ada.session.id), "admin")
    else:
        User.objects.filter(id=ada.user.id).update(is_staff=False)

    async def scenario() -> str | None:
        guard, follower = Guard(), Follower()
        with guard.watching(ada.identity, "", follower.end) as watch:
            check = asyncio.create_task(guard._check())
            await asyncio.sleep(0)
            pools.guard.submit(lambda: None).result(PATIENCE)  # its one thread has judged, and this loop stood still
            watch.session = renewed
            await check
        await asyncio.to_thread(pools.guard.close)
        return follower.ended

    renewed = Person(ada.user).session.id
    assert asyncio.run(scenario()) == reason


def test_who_is_staff_no_more_is_demoted(ada: Person) -> None:
    User.objects.filter(id=ada.user.id).update(is_staff=False)

    assert end_of(ada) == "demoted"


def test_session_that_is_over_says_so_whatever_else_changed(ada: Person) -> None:
    User.objects.filter(id=ada.user.id).update(is_staff=False)
    sessions.end(Session.objects.filter(id=ada.session.id), "admin")

    assert end_of(ada) == "revoked"


def test_who_becomes_staff_is_disturbed_by_nothing(bob: Person) -> None:
    User.objects.filter(id=bob.user.id).update(is_staff=True)

    assert end_of(bob, seconds=3 * CHECK_SECONDS) is None


def end_of(person: Person, seconds: float = PATIENCE) -> str | None:
    """Why the guard ends what is open of that person's, within its first look."""

    async def scenario() -> str | None:
        async with guarded(person) as follower:
            await follower.wait(seconds)
            return follower.ended

    return asyncio.run(scenario())


def test_check_that_hangs_is_no_allowance_either(ada: Person) -> None:
    async def scenario() -> tuple[str | None, float]:
        async with guarded(ada) as follower:
            with occupied(pools.guard, 1):
                began = time.monotonic()
                await follower.wait(PATIENCE)
                return follower.ended, time.monotonic() - began

    ended, seconds = asyncio.run(scenario())

    assert ended == "unavailable"
    assert 3 < seconds < 3 * 6


def test_slow_readers_do_not_put_off_the_end_of_a_session(ada: Person, settings: Any) -> None:
    settings.POOL_THREADS = settings.POOL_THREADS | {"streams": 2}

    async def scenario() -> str | None:
        async with guarded(ada) as follower:
            with occupied(pools.streams, 2):
                await in_thread(sessions.end, Session.objects.filter(id=ada.session.id), "admin")
                await follower.wait(PATIENCE)
                return follower.ended

    assert asyncio.run(scenario()) == "revoked"


def test_message_by_socket_does_not_wait_for_slow_readers(
    ada: Person, conversation: Conversation, settings: Any
) -> None:
    settings.POOL_THREADS = settings.POOL_THREADS | {"web": 1}
    frame = {"op": "send", "conversation": str(conversation.id), "client_id": "1", "text": "Hello"}

    async def push(_: str) -> None: ...

    async def scenario() -> str:
        with occupied(pools.streams, 1):
            try:
                socket = Socket(ada.identity, push, lambda _: None)
                return await asyncio.wait_for(operations.carry_out(socket, frame), PATIENCE)
            finally:
                await asyncio.to_thread(pools.web.close)

    assert '"type":"ok"' in asyncio.run(scenario())
