"""The dispatch loop's own watch: a loop that turns is never taken for a stalled one."""

import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from dispatch.loop import DispatchLoop

pytestmark = pytest.mark.django_db(transaction=True)


async def carry(id: UUID, holder: str) -> None:
    raise AssertionError("there is nothing to carry")


@pytest.fixture
def loop() -> Iterator[DispatchLoop]:
    made = DispatchLoop("test", lambda limit, holder: [], carry, 1)
    made.start()
    yield made
    made.drain(1)
    made.join(5)


def test_turning_loop_is_not_stalled_for_who_asks_late(loop: DispatchLoop) -> None:
    assert loop.stalled(0.4) is False
    time.sleep(0.6)

    assert loop.stalled(0.4) is False


def test_loop_that_does_not_turn_is_stalled_once_it_was_asked_for_long_enough(loop: DispatchLoop) -> None:
    loop.stalled(0.4)
    loop._loop.call_soon_threadsafe(time.sleep, 1)
    time.sleep(0.05)

    answers = []
    for _ in range(8):
        answers.append(loop.stalled(0.4))
        time.sleep(0.1)

    assert answers[0] is False
    assert True in answers
