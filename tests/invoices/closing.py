from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn


async def turn_invoice_away(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Says that the books are closed."""
    return Reply("The books are closed. Send it again next year.")


def close_the_books() -> None:
    handlers.replace("book_invoice", turn_invoice_away)
