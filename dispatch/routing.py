"""Which handlers answer a message, and why. The decision is kept on the run."""

from dataclasses import dataclass
from typing import Any

from contexts.context import MessageView
from dispatch import handlers
from dispatch.handlers import Handler


@dataclass(frozen=True)
class Decision:
    """Handlers in the order in which they are asked until one replies (policy `first`)."""

    path: tuple[Handler, ...]
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"policy": "first", "path": [handler.name for handler in self.path], "reason": self.reason}


def decide(message: MessageView) -> Decision:
    return Decision(tuple(handlers.of_kind(message.kind)), f"handlers of kind {message.kind}, by priority")
