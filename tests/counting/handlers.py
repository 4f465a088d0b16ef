import time

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn


@handlers.register("count", timeout=300)
def count_slowly(message: MessageView, context: Context, turn: Turn) -> Reply:
    for number in range(int(message.text)):
        if turn.canceled:  # stopped, or out of time
            break
        turn.say(f"{number} ")
        time.sleep(0.1)
    return Reply()
