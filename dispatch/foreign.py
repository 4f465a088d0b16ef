"""Code of others, called from the dispatch loop: it may try to end the process, hang in a thread, or not come back."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from dispatch import threads

Code = Callable[..., Any]

_left_behind: "set[asyncio.Future[Any]]" = set()


class ForeignExit(Exception):
    """It tried to end the process, or itself."""


def start(name: str, code: Code, *args: Any) -> "asyncio.Future[Any]":
    """What an async function answers, or a plain one in a thread of its own. `name`: what is shown of the thread."""
    return asyncio.ensure_future(_call(name, code, args))


async def within(seconds: float, name: str, code: Code, *args: Any) -> Any:
    """What it answers, in time; what it raises is raised.

    :raises TimeoutError: when it does not come back, and is left behind. :raises ForeignExit: when it ends otherwise
    than by an answer or an Exception.
    """
    call = start(name, code, *args)
    try:
        await asyncio.wait({call}, timeout=seconds)
    finally:
        if not call.done():
            leave(call)
    if not call.done():
        raise TimeoutError
    error = asyncio.CancelledError() if call.cancelled() else call.exception()
    if error is not None and not isinstance(error, Exception):
        raise ForeignExit(name) from error
    return call.result()


def leave(call: "asyncio.Future[Any]") -> None:
    """Cancel, and keep a reference until it is gone: its failure, if any, is seen and dropped."""
    _left_behind.add(call)
    call.add_done_callback(_left_behind.discard)
    call.add_done_callback(lambda future: future.cancelled() or future.exception())
    call.cancel()


async def _call(name: str, code: Code, args: tuple[Any, ...]) -> Any:
    try:
        if inspect.iscoroutinefunction(code):
            answer = code(*args)
            return await answer if isinstance(answer, Awaitable) else answer
        return await _in_thread(name, partial(code, *args))
    except (SystemExit, KeyboardInterrupt) as error:  # would end the dispatch loop with it
        raise ForeignExit(name) from error


async def _in_thread(name: str, work: Code) -> Any:
    call = threads.start(name, work)
    try:
        return await asyncio.wrap_future(call.result)
    except asyncio.CancelledError:
        call.abandon()
        raise
