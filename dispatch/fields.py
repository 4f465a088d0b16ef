"""Reading a client's frame: each field is there, is what it should be, and is one that the operation has."""

from typing import Any, Final
from uuid import UUID

from project.errors import BadRequest, NotFound

EVERY: Final = frozenset({"op", "ref"})


class BadFrame(BadRequest):
    code = "bad_frame"
    title = "The frame does not say what it should"


def check(frame: dict[str, Any], names: tuple[str, ...]) -> None:
    """:raises BadFrame: when it has others beside `op` and `ref`, naming those there are."""
    unknown = sorted(set(frame) - EVERY - set(names))
    if unknown:
        there = f"has the fields {', '.join(names)}" if names else "has no fields of its own"
        raise BadFrame(f"`{frame['op']}` {there}; not {', '.join(name[:60] for name in unknown[:5])}.")


def text(frame: dict[str, Any], name: str) -> str:
    value = frame.get(name)
    if not isinstance(value, str) or not value:
        raise BadFrame(f"`{name}` is missing or no text.")
    return value


def id(frame: dict[str, Any], name: str) -> UUID:
    """:raises NotFound: for a text that is no id, as for one that is unknown."""
    try:
        return UUID(text(frame, name))
    except ValueError as error:
        raise NotFound() from error
