"""The handler that asks an expert: the one whom the message names, or the route."""

from typing import Any

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.turns import Turn


@handlers.register(timeout=30)
def ask_expert(message: MessageView, context: Context, turn: Turn) -> None:
    """Hands the message to an expert, whose answer is the reply. It takes messages that name one, of any kind."""
    skill = message.metadata.get("skill", "")
    turn.delegate(turn.expert, task_of(message), skill=skill if isinstance(skill, str) else "", answers=True)


def task_of(message: MessageView) -> Any:
    """The input of an expert: the data of a message's first data part, else its text."""
    data = next((part.get("data") for part in message.parts if part.get("type") == "data"), None)
    return data if data is not None else {"text": message.text}
