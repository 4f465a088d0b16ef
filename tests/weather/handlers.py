from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn


@handlers.register("weather", timeout=5)
async def tell_weather(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say(f"Looking out of the window for {message.author}. ")
    turn.say(f"In {message.text} the sun shines.")
    return Reply(metadata={"place": message.text})
