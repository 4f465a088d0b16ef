"""The dispatch loop's own watch: a loop that turns is never taken for a stalled one."""

import asyncio
import threading
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from dispatch.loop import DispatchLoop
from dispatch.queue import LocalQueue, Work
from tests.live import PATIENCE, eventually

pytestmark = pytest.mark.django_db(transaction=True)


async def carry(id: UUID, holder: str) -> None:
    raise AssertionError("there is nothing to carry")


@pytest.fixture
def loop() -> Iterator[DispatchLoop]:
    made = DispatchLoop("test", lambda limit, holder: [], carry, 1)
    made.start()
    yield made
    made.drain(1)
    made.join(PATIENCE)


def test_turning_loop_is_not_stalled_for_who_asks_late(loop: DispatchLoop) -> None:
    assert loop.stalled(0.4) is False
    time.sleep(0.6)

    assert loop.stalled(0.4) is False


def test_loop_that_does_not_turn_is_stalled_once_it_was_asked_for_long_enough(loop: DispatchLoop) -> None:
    held = threading.Event()
    loop._loop.call_soon_threadsafe(held.wait, 2 * PATIENCE)

    first = loop.stalled(1)

    assert first is False
    try:
        eventually(lambda: loop.stalled(1))  # who asks late, as a busy machine may make of it, begins anew
    finally:
        held.set()


def test_drain_that_begins_during_a_look_begins_no_work() -> None:
    looking, looked = threading.Event(), threading.Event()
    carried: list[UUID] = []

    def due(limit: int, holder: str) -> list[UUID]:
        looking.set()
        looked.wait(PATIENCE)
        return [uuid4()]

    async def note(id: UUID, holder: str) -> None:
        carried.append(id)

    loop = DispatchLoop("test", due, note, 1)
    loop.start()
    assert looking.wait(PATIENCE)

    loop.drain(0)
    looked.set()
    loop.join(PATIENCE)

    assert not loop.is_alive()
    assert carried == []


def test_work_that_wants_to_end_the_process_ends_itself_alone() -> None:
    first, second = uuid4(), uuid4()
    carried: list[UUID] = []

    async def leave(id: UUID, holder: str) -> None:
        carried.append(id)
        if id == first:
            raise SystemExit

    loop = DispatchLoop("test", lambda limit, holder: [id for id in (first, second) if id not in carried], leave, 1)
    loop.start()
    eventually(lambda: second in carried)

    assert loop.is_alive()
    loop.drain(1)
    loop.join(PATIENCE)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_a_dead_loop_had_is_not_given_back_as_if_nothing_were() -> None:
    work = [uuid4(), uuid4()]
    carried: list[UUID] = []
    released: list[UUID] = []
    renewed: list[list[UUID]] = []

    async def kill(id: UUID, holder: str) -> None:
        carried.append(id)
        if len(carried) == len(work):
            asyncio.get_running_loop().call_soon(_leave)
        await asyncio.sleep(PATIENCE)

    queue = LocalQueue(
        Work(
            due=lambda limit, holder: [id for id in work if id not in carried],
            carry=kill,
            renew=lambda holder, ids: renewed.append(list(ids)),
            recover=lambda: iter(()),
            release=lambda holder, ids, reason: released.extend(ids),
            fail=lambda holder, id: released.append(id),
            concerns=lambda id: False,
            look=lambda: None,
        ),
        concurrency=2,
    )
    dead = queue._loop
    queue.start()
    eventually(lambda: queue._loop is not dead)
    eventually(lambda: renewed)
    queue.stop(0)

    assert sorted(carried) == sorted(work)
    assert released == []


def _leave() -> None:
    raise SystemExit
