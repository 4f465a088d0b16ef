"""Handlers that take their time (EXTRA_APPS=tests.speaking_app), so that a test can leave and come back meanwhile."""

import asyncio
import time

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply, Retryable
from dispatch.turns import Turn
from tests.speaking_app import prompter


@handlers.register("test.recite", timeout=90)
async def recite_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Says the message again, fifty code points a second, and no further than its prompter allows, if it has one."""
    for said, character in enumerate(message.text):
        while (allowed := prompter.allowed(message.parts)) is not None and said >= allowed:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # what it looks at tells nobody
        turn.say(character)
        await asyncio.sleep(0.02)
    return Reply()


@handlers.register("test.reconsider", timeout=90)
async def reconsider_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Says the first line of the message, fails, and says the second one instead, as far as it is prompted."""
    first, second = message.text.split("\n")
    before, text = (0, first) if turn.attempt == 1 else (len(first) + 1, second)
    for said, character in enumerate(text):
        await prompter.wait_for(message.parts, before + said + 1)
        turn.say(character)
    await prompter.wait_for(message.parts, before + len(text) + 1)
    if turn.attempt == 1:
        raise Retryable("on second thoughts", after=0)
    return Reply()


@handlers.register("test.ponder", timeout=90)
async def ponder_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Begins to answer, then is silent for as many seconds as the message says."""
    turn.say("Let me see. ")
    await asyncio.sleep(float(message.text))
    return Reply()


@handlers.register("test.stubborn", timeout=90)
def stubborn_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Does not look whether anybody still wants its answer."""
    turn.say("Let me see.")
    time.sleep(float(message.text))
    return Reply()


@handlers.register("test.flaky")
async def flaky_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise Retryable("the other side does not answer", after=3)
