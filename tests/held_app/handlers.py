"""Handlers that a test holds until it lets them go, and that write down how many of them there are at a time.

EXTRA_APPS=tests.held_app, HELD_FOLDER. The first word of a message names its group: `<group>.log` has a line for each
beginning and each end, `<group>.go` lets go.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn


@handlers.register("test.held", timeout=100)
async def held_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    with written_down(message.text) as go:
        while not go.exists():  # noqa: ASYNC110 - the test is another process
            await asyncio.sleep(0.02)
    return Reply(f"answer to {message.text}")


@handlers.register("test.held_sync", timeout=100)
def held_sync_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    with written_down(message.text) as go:
        while not go.exists():
            time.sleep(0.02)
    return Reply(f"answer to {message.text}")


@handlers.register("test.narrow", timeout=100, concurrency=2)
async def narrow_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return await held_test(message, context, turn)


@handlers.register("test.renewed", timeout=100)
async def renewed_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Replaced and taken out at run time."""
    return await held_test(message, context, turn)


@handlers.register("test.renew")
async def renew_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    handlers.replace("renewed_test", newer_test)
    return Reply("replaced")


@handlers.register("test.take_out")
async def take_out_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    handlers.unregister("renewed_test")
    return Reply("taken out")


@handlers.register("test.bring")
async def bring_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    handlers.register("test.brought")(brought_test)
    return Reply("brought")


def newer_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply(f"newer answer to {message.text}")


def brought_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    return Reply(f"brought answer to {message.text}")


@contextmanager
def written_down(text: str) -> Iterator[Path]:
    folder, group = Path(os.environ["HELD_FOLDER"]), text.split()[0]
    log = folder / f"{group}.log"
    _append(log, f"begin {text}\n")
    try:
        yield folder / f"{group}.go"
    finally:
        _append(log, f"end {text}\n")


def _append(log: Path, line: str) -> None:
    """In one write, so that lines of several processes stay whole and in order."""
    with log.open("ab", buffering=0) as file:
        file.write(line.encode())
