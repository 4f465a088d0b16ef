"""Summarisers: code that puts a stretch of a conversation into words, such as an AI provider.

`summarisers.py` of any installed app is found by name. A summariser is `async def name(said) -> str`, or a plain
function of the same shape, which runs in a thread of its own; `said` is a tuple of lines, oldest first. The one that
`SUMMARISER` names is asked, in the background; until it has answered, and where it fails, sentences of the conversation
stand for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from django.conf import settings

from contexts.summaries import EXTRACTIVE
from project.registry import Registry, written

NAME_LENGTH: Final = 60

Write = Callable[[tuple[str, ...]], Awaitable[str] | str]
W = TypeVar("W", bound=Write)


@dataclass(frozen=True)
class Summariser:
    """`timeout`: seconds for one answer."""

    name: str
    write: Write
    timeout: float


REGISTRY: Final[Registry[Summariser]] = Registry("summariser", lambda summariser: written(summariser.write))


def register(timeout: float = 20.0) -> Callable[[W], W]:
    """Make a function a summariser, under its own name.

    :raises ValueError: when one of that name exists, the name is too long, or `timeout` is not above zero.
    """
    if timeout <= 0:
        raise ValueError("the timeout of a summariser is above zero")

    def add(write: W) -> W:
        name = getattr(write, "__name__", "")
        if not 0 < len(name) <= NAME_LENGTH or name == EXTRACTIVE:
            raise ValueError(f"a summariser has a name of at most {NAME_LENGTH} characters, and not {EXTRACTIVE!r}")
        REGISTRY.add(name, Summariser(name, write, timeout))
        return write

    return add


def chosen() -> Summariser | None:
    """None: sentences of the conversation do."""
    return REGISTRY.get(settings.SUMMARISER)
