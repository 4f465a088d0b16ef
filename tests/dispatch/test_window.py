"""What a client has not acknowledged, counted; and a wait that ends with an acknowledgement, an end, or the time."""

import asyncio
from typing import Any

import pytest

from dispatch.frames import Frame
from dispatch.window import UNACKNOWLEDGED, NotSent, Window
from project.cursors import Cursor, parse

EPOCH = 7


def event(seq: int) -> Frame:
    return Frame("run.queued", b"{}", f"{EPOCH}-{seq}", seq)


def delta(seq: int) -> Frame:
    return Frame("message.delta", b"{}", f"{EPOCH}-{seq}~00000000-0000-7000-8000-000000000003.1.5", seq)


def pushed(count: int) -> Window:
    window = Window()
    for seq in range(1, count + 1):
        window.note(event(seq))
    return window


async def waits(window: Window) -> bool:
    waiting = asyncio.create_task(window.room())
    await asyncio.sleep(0)
    is_waiting = not waiting.done()
    waiting.cancel()
    return is_waiting


def test_room_is_there_until_so_many_are_unacknowledged() -> None:
    async def scenario() -> list[bool]:
        window = pushed(UNACKNOWLEDGED - 1)
        before = await waits(window)
        window.note(event(UNACKNOWLEDGED))
        full = await waits(window)
        window.acknowledge(Cursor(EPOCH, 1))
        return [before, full, await waits(window)]

    assert asyncio.run(scenario()) == [False, True, False]


def test_what_is_not_stored_takes_no_room() -> None:
    async def scenario() -> bool:
        window = pushed(1)
        for _ in range(2 * UNACKNOWLEDGED):
            window.note(delta(1))
            window.note(Frame("typing", b"{}"))
            window.note(Frame("stream.reset", b"{}", f"{EPOCH}-1", 1))
        return await waits(window)

    assert not asyncio.run(scenario())


def test_end_ends_the_wait_and_none_begins_after_it() -> None:
    async def scenario() -> tuple[str | None, bool]:
        window = pushed(UNACKNOWLEDGED)
        waiting = asyncio.create_task(window.room())
        await asyncio.sleep(0)
        window.end("revoked")
        await waiting
        window.note(event(UNACKNOWLEDGED + 1))
        return window.ended, await waits(window)

    assert asyncio.run(scenario()) == ("revoked", False)


def test_wait_ends_with_the_time_and_the_subscription_with_it(settings: Any) -> None:
    settings.ACK_SECONDS = 0.01
    window = pushed(UNACKNOWLEDGED)

    asyncio.run(window.room())

    assert window.ended == "too_slow"


def test_acknowledgement_counts_down_and_never_up() -> None:
    window = pushed(10)

    counts = [window.acknowledge(Cursor(EPOCH, seq)) for seq in (3, 3, 1, 9, 10, 0)]

    assert counts == [7, 7, 7, 1, 0, 0]


@pytest.mark.parametrize("cursor", [Cursor(EPOCH, 11), Cursor(EPOCH + 1, 1), Cursor(EPOCH - 1, 10)])
def test_what_was_not_sent_cannot_be_acknowledged(cursor: Cursor) -> None:
    window = pushed(10)

    with pytest.raises(NotSent):
        window.acknowledge(cursor)

    assert window.acknowledge(parse(f"{EPOCH}-9")) == 1


def test_cursor_that_a_client_came_with_counts_as_sent() -> None:
    window = Window(Cursor(EPOCH, 5))

    assert window.acknowledge(Cursor(EPOCH, 5)) == 0
    with pytest.raises(NotSent):
        window.acknowledge(Cursor(EPOCH, 6))
