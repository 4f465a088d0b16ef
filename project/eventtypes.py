"""Types of events, and the JSON Schema of what each says. Apps declare theirs in `events.py`, which is found by name.

An event that nobody declared is not written: followers, filters and the documentation know what may come. Data is
checked before it is written where `CHECK_EVENTS` says so: in development and in tests.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from project import schemas
from project.registry import Registry
from project.schemas import Schema
from project.shapes import Shape

LOGS: Final = ("conversation", "workspace", "staff")


class BadEvent(ValueError):
    """An event that is not what was declared: a mistake in our code."""


@dataclass(frozen=True)
class EventType:
    """`says`: when it is told. `logs`: those in which it may stand. `stored`: it has a place there, and can be resumed.

    `schema`: of its `data`. `passing`: it comes without a place as well.
    """

    name: str
    says: str
    schema: Schema
    logs: tuple[str, ...]
    stored: bool
    passing: bool = False


REGISTRY: Final[Registry[EventType]] = Registry("type of event")


def declare(
    name: str, says: str, data: Shape, logs: tuple[str, ...], stored: bool = True, passing: bool = False
) -> None:
    """Make a type of event known.

    :raises ValueError: when it is declared already, or names a log that there is not.
    :raises BadSchema: a ValueError, too: for what is no schema.
    """
    if not logs or not set(logs) <= set(LOGS):
        raise ValueError(f"the logs of an event are among {', '.join(LOGS)}")
    REGISTRY.add(name, EventType(name, says, schemas.read(data), logs, stored, passing))


def stored() -> list[str]:
    """The names of those that logs keep."""
    return [type.name for type in REGISTRY.values() if type.stored]


def check(stream: str, name: str, data: dict[str, Any]) -> None:
    """Whether an event may be written into a log.

    :raises BadEvent: telling what is wrong with it.
    """
    known = REGISTRY.get(name)
    if known is None or not known.stored:
        raise BadEvent(f"nobody declared {name!r} as an event that is stored; there are {', '.join(stored())}")
    if stream.partition(":")[0] not in known.logs:
        raise BadEvent(f"{name} belongs into the log of a {' or '.join(known.logs)}, not into {stream!r}")
    broken = known.schema.violations(data, "/data") if settings.CHECK_EVENTS else []
    if broken:
        raise BadEvent(f"{name} does not fit its schema: {broken}")
