"""What waits to be carried is bounded, however long nobody carries it."""

import asyncio
from typing import Any

from project import outbox
from project.outbox import Outbox
from tests.live import PATIENCE


def note(text: str) -> dict[str, Any]:
    return {"text": text}


def test_rings_of_the_same_thing_are_one() -> None:
    box = Outbox()

    for _ in range(100):
        box.put_rings([("conversation", "a")])

    assert box.take().rings == [("conversation", "a")]
    assert box.take().rings == []


def test_rings_beyond_the_bound_are_dropped() -> None:
    box = Outbox()

    box.put_rings(("conversation", str(number)) for number in range(outbox.RINGS + 100))

    assert len(box.take().rings) == outbox.RINGS


def test_oldest_notes_go_first_by_count() -> None:
    box = Outbox()

    for number in range(outbox.NOTES + 5):
        box.put_note(note(str(number)))

    found = box.take().notes
    assert len(found) == outbox.NOTES
    assert found[0] == note("5")


def test_oldest_notes_go_first_by_length() -> None:
    box = Outbox()

    for number in range(25):
        box.put_note(note(str(number).rjust(outbox.CHARACTERS // 10)))

    assert [int(found["text"]) for found in box.take().notes] == list(range(15, 25))


def test_what_is_put_while_a_parcel_is_on_its_way_waits_for_the_next() -> None:
    async def carried() -> None:
        box = Outbox()
        box.put_rings([("conversation", "a")])
        await box.filled()
        box.take()
        box.put_note(note("later"))
        async with asyncio.timeout(PATIENCE):
            await box.filled()
        assert box.take().notes == [note("later")]

    asyncio.run(carried())
