"""Calls of sync handlers: a thread of its own for each, so that one that hangs takes no place in a pool.

A thread cannot be ended. A call that nobody waits for any more is abandoned: it no longer counts against the limit of
live calls, and a process with too many of them asks to be replaced.
"""

import asyncio
import contextvars
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from django.conf import settings
from django.db import connections

from dispatch.handlers import Retryable
from dispatch.route_faults import MOST_HANDLERS

logger = logging.getLogger(__name__)

LIVE: Final = settings.RUN_CONCURRENCY * MOST_HANDLERS  # as many as all runs of a process may ask at once
ABANDONED: Final = 100
WATCH_SECONDS: Final = 1.0

R = TypeVar("R")

_live: set["Call[Any]"] = set()
_abandoned: set["Call[Any]"] = set()
_moving: Final = threading.Lock()


class TooManyHang(Retryable):
    """So many calls hang that no further thread is spent on sync handlers, here and now."""


class Call(Generic[R]):
    """One call under way. `handler` names it in counts and logs."""

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self.result: Future[R] = Future()
        self.result.set_running_or_notify_cancel()  # it cannot be cancelled: its late result is dropped in silence

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        with _moving:
            if self not in _live:
                return
            _live.discard(self)
            _abandoned.add(self)
        logger.warning("a sync handler goes on though nobody waits for it", extra={"handler": self.handler})

    def over(self) -> None:
        with _moving:
            _live.discard(self)
            _abandoned.discard(self)


def start(handler: str, work: Callable[[], R]) -> Call[R]:
    """:raises TooManyHang: while `LIVE` calls are under way that nobody gave up, or the system has no thread left."""
    if len(_live) >= LIVE:
        raise TooManyHang(handler)
    call: Call[R] = Call(handler)
    inherited = contextvars.copy_context()

    def carry() -> None:
        try:
            call.result.set_result(inherited.run(work))
        except BaseException as error:  # noqa: BLE001 - the border to foreign code; who asked logs it
            call.result.set_exception(_carried(error))
        finally:
            connections.close_all()
            call.over()

    _live.add(call)
    try:
        threading.Thread(target=carry, name=f"handler-{handler}", daemon=True).start()
    except RuntimeError as error:
        call.over()
        raise TooManyHang(handler) from error
    return call


def _carried(error: BaseException) -> BaseException:
    """asyncio's futures refuse a StopIteration, and who waits would do so for ever."""
    if not isinstance(error, StopIteration):
        return error
    instead = RuntimeError("a handler raised StopIteration")
    instead.__cause__ = error
    return instead


def abandoned() -> dict[str, int]:
    """By handler: the abandoned calls that still hang in this process."""
    return dict(Counter(call.handler for call in list(_abandoned)))


async def watch() -> None:
    """:raises TooManyHang: once more than `ABANDONED` calls hang: only a new process gets rid of their threads."""
    while len(_abandoned) <= ABANDONED:  # noqa: ASYNC110 - threads of foreign code tell nobody
        await asyncio.sleep(WATCH_SECONDS)
    raise TooManyHang(f"more than {ABANDONED} abandoned calls: {abandoned()}")
