"""What the foundations tell staff."""

from typing import Final

from project import shapes
from project.eventtypes import declare
from project.shapes import Shape


def _change(state: str) -> Shape:
    return shapes.closed(
        {
            "state": shapes.word("What the cache answers from now.", state),
            "generation": shapes.number("Part of every key of the cache; what an older generation wrote is not read."),
        }
    )


STAFF: Final = ("staff",)

declare(
    "cache.degraded",
    "A process answers from its own memory, because Redis failed or another Redis answers in its place. Each process "
    "tells its own changes.",
    _change("degraded"),
    STAFF,
)
declare(
    "cache.recovered", "The same process answers from Redis again, under a new generation.", _change("redis"), STAFF
)
