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
from project.registry import Registry, written

KIND_LENGTH: Final = 40
NAME_LENGTH: Final = 100


@dataclass(frozen=True)
class Reply:
    """An answer. `text` None means: exactly what was said through the turn."""

    text: str | None = None
    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    kind: str = "text"


Answer = Callable[[MessageView, Context, Turn], Awaitable[Reply | None] | Reply | None]
A = TypeVar("A", bound=Answer)


class Retryable(Exception):
    """Raised by a handler for what may work soon: the run is tried again, after `after` seconds if that is given."""

    def __init__(self, detail: str = "", after: float | None = None) -> None:
        super().__init__(detail)
        self.after = after


@dataclass(frozen=True)
class Handler:
    """A registered answer. `timeout` is in seconds of running time; a higher `priority` is asked first.

    `concurrency`: runs at a time that may ask it, in all processes together; None: any number. `retry_on`: exceptions
    that are worth another attempt, beside `Retryable`.
    """

    name: str
    kinds: tuple[str, ...]
    answer: Answer
    priority: int
    timeout: float
    concurrency: int | None = None
    retry_on: tuple[type[Exception], ...] = ()

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.answer)

    @property
    def description(self) -> str:
        return inspect.getdoc(self.answer) or ""


REGISTRY: Final[Registry[Handler]] = Registry("handler", lambda handler: written(handler.answer))


def register(
    *kinds: str,
    priority: int = 0,
    timeout: float | None = None,
    concurrency: int | None = None,
    retry_on: tuple[type[Exception], ...] = (),
) -> Callable[[A], A]:
    """Make a function answer messages of `kinds`, under the function's own name. On import or at run time.

    :raises ValueError: when a handler of that name exists, or a value is none that could work.
    """
    seconds = settings.RUN_DEADLINE if timeout is None else timeout
    if seconds <= 0:
        raise ValueError("the timeout of a handler is above zero")
    if concurrency is not None and concurrency < 1:
        raise ValueError("the concurrency of a handler is at least 1; None is no limit")
    for kind in kinds:
        check_name("kind", kind, KIND_LENGTH)

    def add(answer: A) -> A:
        name = check_name("handler", getattr(answer, "__name__", ""), NAME_LENGTH)
        REGISTRY.add(name, Handler(name, kinds, answer, priority, seconds, concurrency, retry_on))
        return answer

    return add


def replace(name: str, answer: Answer) -> Handler:
    """Let another function answer in place of a registered one. Runs that ask the old one already keep it.

    :raises LookupError: naming the handlers there are.
    """
    return REGISTRY.replace(name, answer=answer)


def unregister(name: str) -> None:
    """Take a handler out of this process. Runs that ask it already keep it.

    :raises LookupError: naming the handlers there are.
    """
    REGISTRY.remove(name)


def check_name(noun: str, name: str, length: int) -> str:
    """:raises ValueError: for a name that no column or list of names could hold."""
    if not 0 < len(name) <= length or not name.isprintable() or set(name) & set(" ,|"):
        raise ValueError(f"{name!r} is no name of a {noun}: 1 to {length} characters, none of them a space, ',' or '|'")
    return name


def kinds() -> list[str]:
    """Those that a handler answers; `dispatch.kinds.known()` has the declared ones too."""
    return sorted({kind for handler in REGISTRY.values() for kind in handler.kinds})


def of_kind(kind: str) -> list[Handler]:
    """Handlers of a kind, in the order in which they are asked."""
    return sorted((h for h in REGISTRY.values() if kind in h.kinds), key=lambda h: (-h.priority, h.name))
