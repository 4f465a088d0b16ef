"""Handlers: code that answers messages of some kinds. `handlers.py` of any installed app is found by name.

A handler is `async def name(message, context, turn) -> Reply | None`, or a plain function of the same shape, which runs
in a thread of its own. None passes the message on to the next handler of the kind.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from django.conf import settings

from contexts.context import Context, MessageView
from dispatch.turns import Turn
from project.errors import Unprocessable
from project.registry import Registry


class UnknownKind(Unprocessable):
    code = "unknown_kind"
    title = "No handler takes messages of this kind"


@dataclass(frozen=True)
class Reply:
    """An answer. `text` None means: exactly what was said through the turn."""

    text: str | None = None
    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    kind: str = "text"


Answer = Callable[[MessageView, Context, Turn], Awaitable[Reply | None] | Reply | None]
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Handler:
    """A registered answer. `timeout` is in seconds of running time; a higher `priority` is asked first."""

    name: str
    kinds: tuple[str, ...]
    answer: Answer
    priority: int
    timeout: float

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.answer)

    @property
    def description(self) -> str:
        return inspect.getdoc(self.answer) or ""


REGISTRY: Final[Registry[Handler]] = Registry("handler")


def register(*kinds: str, priority: int = 0, timeout: float | None = None) -> Callable[[A], A]:
    """Make a function answer messages of `kinds`, under the function's own name.

    :raises ValueError: when a handler of that name exists.
    """

    def add(answer: A) -> A:
        name = getattr(answer, "__name__", "")
        REGISTRY.add(name, Handler(name, kinds, answer, priority, timeout or settings.RUN_DEADLINE))
        return answer

    return add


def kinds() -> list[str]:
    return sorted({kind for handler in REGISTRY.values() for kind in handler.kinds})


def of_kind(kind: str) -> list[Handler]:
    """Handlers of a kind, in the order in which they are asked."""
    return sorted((h for h in REGISTRY.values() if kind in h.kinds), key=lambda h: (-h.priority, h.name))


def check_kind(kind: str) -> None:
    """:raises UnknownKind: naming the kinds there are."""
    if kind not in kinds():
        raise UnknownKind(f"Known kinds are {', '.join(kinds())}.")
