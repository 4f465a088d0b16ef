"""Which handlers answer a message, how and why. Decided at intake and again when the run is claimed.

Nothing of routes is cached: a change counts from the next decision on, on every process.
"""

import time
from collections.abc import Iterable
from typing import Any, Final

from dispatch import handlers
from dispatch.asked import Asked
from dispatch.decisions import Decision
from dispatch.handlers import Handler
from dispatch.models import Audience

WIDEST_FIRST: Final = tuple(Audience.values)


def decide(asked: Asked, only: str = "") -> Decision:
    """`only`: the handler that a replay names, whatever the routes say."""
    began = time.monotonic()
    path = tuple(handlers.of_kind(asked.kind))
    return Decision(
        path,
        f"handlers of kind {asked.kind}, by priority",
        audience=narrowed(Audience.CONVERSATION, asked.metadata),
        problem="" if path else "no_handler",
        ms=_since(began),
    )


def narrowed(audience: str, metadata: dict[str, Any]) -> str:
    """A message may be for fewer than its route says, never for more."""
    wished = metadata.get("audience")
    return max(audience, wished, key=WIDEST_FIRST.index) if wished in WIDEST_FIRST else audience


def lanes(path: Iterable[Handler], limited: Iterable[str]) -> str:
    names = [handler.name for handler in path if handler.name in limited]
    return f"|{'|'.join(names)}|" if names else ""


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
