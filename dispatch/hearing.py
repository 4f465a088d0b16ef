"""Listening to an expert: its updates, from the dispatch loop or a thread of its own, until the one that ends it."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dispatch import fitting, foreign
from integrations.contract import Failure, Handover, Later, Progress, Question, Rejection, Result, SignIn, Update

logger = logging.getLogger(__name__)

KINDS: Final = (Progress, Question, SignIn, Later, Handover, Result, Failure, Rejection)
MOST: Final = 10_000  # updates of one call

Begin = Callable[..., Iterator[Update] | AsyncIterator[Update]]


@dataclass
class Heard:
    """What an expert has said of its progress last. Written by its thread or loop, taken by who tells of it.

    `unheard`: nobody listens any more. A thread cannot be ended: what runs in one is closed with its next update.
    """

    progress: Progress | None = None
    count: int = 0
    unheard: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self) -> Progress | None:
        latest, self.progress = self.progress, None
        self.news.clear()
        return latest


def begin(name: str, say: Begin, *args: Any) -> "tuple[asyncio.Future[Update], Heard]":
    """What it ends with, and what it says meanwhile. On the loop that calls this."""
    heard, loop = Heard(), asyncio.get_running_loop()

    def hear(update: Update) -> bool:
        """Whether that was the end."""
        if heard.unheard:
            return True
        heard.count += 1
        if not isinstance(update, KINDS) or heard.count > MOST:
            raise TypeError(f"an expert says Progress, Result and the like, and no more than {MOST} times")
        if isinstance(update, Progress):
            heard.progress = fitting.progress(update)
            loop.call_soon_threadsafe(heard.news.set)
        return not isinstance(update, Progress)

    listen = _listen if inspect.isasyncgenfunction(say) else _listen_in_thread
    return foreign.start(name, listen, say, args, hear), heard


async def _listen(say: Begin, args: tuple[Any, ...], hear: Callable[[Update], bool]) -> Update:
    updates: Any = say(*args)
    try:
        async for update in updates:
            if hear(update):
                return update  # type: ignore[no-any-return]
    finally:
        await updates.aclose()
    return Failure("no_result", "It ended without a result.")


def _listen_in_thread(say: Begin, args: tuple[Any, ...], hear: Callable[[Update], bool]) -> Update:
    updates: Any = say(*args)
    try:
        for update in updates:
            if hear(update):
                return update  # type: ignore[no-any-return]
    finally:
        if close := getattr(updates, "close", None):  # what it holds is let go of here, and not whenever
            close()
    return Failure("no_result", "It ended without a result.")
