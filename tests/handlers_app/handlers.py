"""Handlers that misbehave on purpose, found by name like any app's (EXTRA_APPS=tests.handlers_app)."""

import asyncio
import math
import os
import sys
import time
from pathlib import Path

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply, Retryable
from dispatch.turns import Turn


@handlers.register("test.echo")
async def echo_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply(f"echo: {message.text}")


@handlers.register("test.sync")
def sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    for piece in ("one ", "two ", "three"):
        turn.say(piece)
    return Reply()


@handlers.register("test.raise")
async def raise_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say("half an ans")
    raise RuntimeError("broken on purpose")


@handlers.register("test.raise_sync")
def raise_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise RuntimeError("broken on purpose")


@handlers.register("test.stop_iteration")
def stop_iteration_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return next(iter(()))


@handlers.register("test.exit")
async def exit_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    sys.exit(3)


@handlers.register("test.hang", timeout=1)
async def hang_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    while True:  # swallows its cancellation, too
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue


@handlers.register("test.hang_sync", timeout=1)
def hang_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    time.sleep(600)
    return Reply("too late")


@handlers.register("test.block")
async def block_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    time.sleep(3600)  # noqa: ASYNC251 - blocks the dispatch loop: what this handler is for
    return Reply("too late")


@handlers.register("test.block_below")
async def block_below_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    async def below() -> None:
        time.sleep(3600)  # noqa: ASYNC251

    await asyncio.create_task(below())
    return Reply("too late")


@handlers.register("test.die")
async def die_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    os._exit(9)


@handlers.register("test.slow", timeout=90)
async def slow_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    for number in range(int(message.text)):
        turn.say(f"{number} ")
        await asyncio.sleep(0.1)
    return Reply()


@handlers.register("test.slow_sync", timeout=90)
def slow_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    time.sleep(int(message.text) / 10)
    return Reply("slow")


@handlers.register("test.held", timeout=90)
async def held_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Begins to answer, and ends once there is a file of the name that the message says."""
    turn.say("held ")
    while not Path(message.text).exists():  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.02)
    return Reply()


@handlers.register("test.silent")
async def silent_test(message: MessageView, context: Context, turn: Turn) -> None:
    return None


@handlers.register("test.first", priority=2)
async def passes_test(message: MessageView, context: Context, turn: Turn) -> Reply | None:
    return None


@handlers.register("test.first", priority=1)
async def answers_test(message: MessageView, context: Context, turn: Turn) -> Reply | None:
    return Reply("second asked")


@handlers.register("test.garbage")
async def garbage_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return "no reply at all"  # type: ignore[return-value]


@handlers.register("test.surrogate")
async def surrogate_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    turn.say("half \ud83d")
    return Reply()


@handlers.register("test.surrogate_reply")
async def surrogate_reply_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("half \ud83d")


@handlers.register("test.not_json")
async def not_json_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", metadata={"when": message.created_at})


@handlers.register("test.nul")
async def nul_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("a\x00b")


@handlers.register("test.long_kind")
async def long_kind_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", kind="k" * 41)


@handlers.register("test.flood")
async def flood_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    while True:
        turn.say("x" * 10_000)


@handlers.register("test.bad_part")
async def bad_part_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", parts=({"no": "type"},))


@handlers.register("test.parts_number")
async def parts_number_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", parts=7)  # type: ignore[arg-type]


@handlers.register("test.parts_text")
async def parts_text_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", parts=({"type": "text", "text": "y"}, "type"))  # type: ignore[arg-type]


@handlers.register("test.metadata_list")
async def metadata_list_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", metadata=["no", "mapping"])  # type: ignore[arg-type]


@handlers.register("test.metadata_keys")
async def metadata_keys_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", metadata={1: "one", "1": "another"})  # type: ignore[dict-item]


@handlers.register("test.metadata_large")
async def metadata_large_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", parts=({"type": "data", "data": "x" * 300_000},), metadata={"more": "x" * 100_000})


@handlers.register("test.nul_kind")
async def nul_kind_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply("x", kind="a\x00b")


class OwnExit(BaseException):
    """No Exception: what catches those alone would let it through."""


@handlers.register("test.own_exit")
async def own_exit_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise OwnExit


@handlers.register("test.own_exit_sync")
def own_exit_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise OwnExit


@handlers.register("test.generator_exit")
async def generator_exit_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    raise GeneratorExit


@handlers.register("test.odd_after")
async def odd_after_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Asks to come back after what is no time to wait."""
    if turn.attempt <= 2:
        raise Retryable("busy", after=("soon", math.nan)[turn.attempt - 1])  # type: ignore[arg-type]
    return Reply("here again")
