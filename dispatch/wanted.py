"""Which types of events a follower wants. The others pass it as those do that it may not see."""

from collections.abc import Collection
from typing import Any, Final

from project import eventtypes
from project.errors import BadRequest

DELTA: Final = "message.delta"

Wanted = frozenset[str]


class UnknownEventType(BadRequest):
    code = "unknown_event_type"
    title = "There is no such type of event"


def types() -> list[str]:
    """Those that a log has. Frames of the connection itself are always sent."""
    return [name for name in eventtypes.REGISTRY if not name.startswith("stream.")]


def parse(asked: Any) -> Wanted | None:
    """From a list of names, or one text with commas between them; None, where nothing is asked for, is all.

    :raises UnknownEventType: naming the types there are.
    """
    if asked is None:
        return None
    there = types()
    names = [name.strip() for name in asked.split(",") if asked.strip()] if isinstance(asked, str) else asked
    if not isinstance(names, list) or not names:
        raise UnknownEventType(f"`types` names some of {', '.join(there)}; leave it out for all.")
    unknown = [name for name in names if not isinstance(name, str) or name not in there]
    if unknown:
        raise UnknownEventType(f"{_shown(unknown)}: there is no such type; there are {', '.join(there)}.")
    return frozenset(names)


def in_query(values: list[str]) -> str | None:
    """What `?types=` says on every door: given twice, it means both; given without a name, it is not left out."""
    return ",".join(values) if values else None


def _shown(names: Collection[Any]) -> str:
    return ", ".join(str(name)[:60] for name in list(names)[:5])
