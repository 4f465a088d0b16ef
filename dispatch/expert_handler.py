"""The handler that asks an expert: the one whom the message names, or the route."""

from contexts.context import Context, MessageView
from dispatch import addressed, handlers
from dispatch.turns import Turn


@handlers.register(timeout=30)
def ask_expert(message: MessageView, context: Context, turn: Turn) -> None:
    """Hands the message to an expert, whose answer is the reply. It takes messages that name one, of any kind."""
    order = addressed.order(turn.expert, message)
    turn.delegate(order.expert, order.input, skill=order.skill, answers=True)
