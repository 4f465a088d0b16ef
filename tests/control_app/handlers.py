"""Handlers that are stopped, or fail and come back (EXTRA_APPS=tests.control_app)."""

import asyncio
import time

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply, Retryable
from dispatch.turns import Turn


@handlers.register("test.talk", timeout=90)
async def talk_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Talks until it is cancelled, and cleans up."""
    try:
        while True:
            turn.say("and ")
            await asyncio.sleep(0.1)
    finally:
        await asyncio.sleep(0.1)


@handlers.register("test.talk_sync", timeout=90)
def talk_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Talks until nobody listens."""
    while not turn.canceled:
        turn.say("and ")
        time.sleep(0.1)
    return Reply()


@handlers.register("test.deaf", timeout=90)
async def deaf_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say("and ")
    for _ in range(800):  # swallows its cancellation
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            continue
    return Reply("too late")


@handlers.register("test.deaf_sync", timeout=90)
def deaf_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say("and ")
    time.sleep(80)
    return Reply("too late")


@handlers.register("test.finish", timeout=90)
async def finish_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """When it is cancelled it brings its answer to an end."""
    turn.say("half ")
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return Reply("half and the other half")
    return Reply("never")


@handlers.register("test.flaky")
async def flaky_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Fails as many attempts as the message says."""
    turn.say("half an ans")
    if turn.attempt <= int(message.text):
        raise Retryable("busy")
    return Reply(f"attempt {turn.attempt}")


@handlers.register("test.flaky_sync", retry_on=(ConnectionError,))
def flaky_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    if turn.attempt <= int(message.text):
        raise ConnectionResetError("away")
    return Reply(f"attempt {turn.attempt}")


@handlers.register("test.patient")
async def patient_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    if turn.attempt == 1:
        raise Retryable("come back later", after=float(message.text))
    return Reply("here again")


@handlers.register("test.stubborn")
async def stubborn_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise Retryable("never")


@handlers.register("test.mender")
async def mender_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply(f"mended: {message.text}")


@handlers.register("test.leave", timeout=0.2)
def leave_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Hangs beyond its deadline."""
    time.sleep(600)
    return Reply("too late")


@handlers.register("test.break")
def break_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise RuntimeError("broken on purpose")


@handlers.register("test.slow_reply_sync", timeout=90)
def slow_reply_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    for _ in range(20):
        turn.say("well, ")
        time.sleep(0.1)
    return Reply()


@handlers.register("test.long", timeout=90)
async def long_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Takes longer than a drain waits; the second attempt is short."""
    turn.say("well, ")
    await asyncio.sleep(80 if turn.attempt == 1 else 0)
    return Reply()


@handlers.register("test.long_sync", timeout=90)
def long_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say("well, ")
    time.sleep(80 if turn.attempt == 1 else 0)
    return Reply()
