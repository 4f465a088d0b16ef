"""Handlers that routes lead to, found by name like any app's (EXTRA_APPS=tests.routes_app)."""

import asyncio
import time
from collections import Counter
from uuid import UUID

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn

_met: Counter[UUID] = Counter()


def before(message: MessageView, turn: Turn) -> str:
    return (turn.previous.text or "") if turn.previous else message.text


@handlers.register("trip")
async def plain(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply(f"plain: {message.text}")


@handlers.register("trip.part")
async def upper(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply(before(message, turn).upper())


@handlers.register("trip.part")
def doubled(message: MessageView, context: Context, turn: Turn) -> Reply:
    text = before(message, turn)
    turn.say(f"{text} ")
    turn.say(text)
    return Reply()


@handlers.register("trip.part")
async def passing(message: MessageView, context: Context, turn: Turn) -> None:
    return None


@handlers.register("trip.part")
def breaking(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise RuntimeError("broken on purpose")


@handlers.register("trip.part", timeout=60)
async def lasting(message: MessageView, context: Context, turn: Turn) -> Reply:
    await asyncio.sleep(60)
    return Reply("too late")


@handlers.register("trip.part")
async def meets(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Replies once `meets_too` is asked in the same run: never, unless both are asked at once."""
    _met[turn.run] += 1
    while _met[turn.run] < 2:  # noqa: ASYNC110 - the other one is a thread
        await asyncio.sleep(0.01)
    return Reply("met")


@handlers.register("trip.part")
def meets_too(message: MessageView, context: Context, turn: Turn) -> Reply:
    _met[turn.run] += 1
    while _met[turn.run] < 2:
        time.sleep(0.01)
    return Reply("met, too")


@handlers.register("trip.part")
async def drafting(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say("Something that is not the answer: ")
    await asyncio.sleep(0.5)
    return Reply(f"a draft of: {before(message, turn)}")


@handlers.register("trip.part")
async def reciting(message: MessageView, context: Context, turn: Turn) -> Reply:
    for character in before(message, turn):
        turn.say(character)
        await asyncio.sleep(0.05)
    return Reply()
