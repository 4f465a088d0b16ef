"""The dispatch loop's own watch: a loop that turns is never taken for a stalled one."""

import threading
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from dispatch.loop import DispatchLoop
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
