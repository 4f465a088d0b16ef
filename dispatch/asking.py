"""Asking one handler under its deadline. What it raises, hangs on or exits with stays its own."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Awaitable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Final

from django.conf import settings
from django.db import connections

from contexts.context import Context, MessageView
from dispatch.handlers import KIND_LENGTH, Handler, Reply
from dispatch.turns import Turn, TurnOver
from project import strictjson
from project.strictjson import MalformedJSON

logger = logging.getLogger(__name__)

THREADS: Final = 200

_threads: set[threading.Thread] = set()
_left_behind: set["asyncio.Future[Reply | None]"] = set()


class TooManyHang(Exception):
    """So many calls hang that no further thread is spent on sync handlers."""


class HandlerExit(Exception):
    """A handler tried to end the process."""


@dataclass(frozen=True)
class Answered:
    """A handler's reply, None to pass on, or the reason why there is none."""

    reply: Reply | None = None
    reason: str = ""


async def ask(handler: Handler, message: MessageView, context: Context, turn: Turn) -> Answered:
    asked = asyncio.ensure_future(_call(handler, message, context, turn))
    try:
        done, _ = await asyncio.wait({asked}, timeout=turn.seconds_left)
    finally:
        said = turn.end()
        if not asked.done():
            _leave(asked)
    if not done:
        logger.warning("a handler missed its deadline", extra={"handler": handler.name})
        return Answered(reason="timeout")
    return _result(handler, asked, said)


def _result(handler: Handler, asked: "asyncio.Future[Reply | None]", said: str) -> Answered:
    try:
        reply = asked.result()
    except (asyncio.CancelledError, TurnOver):
        return Answered(reason="timeout")
    except Exception:
        logger.exception("a handler broke", extra={"handler": handler.name})
        return Answered(reason="handler_error")
    if reply is None:
        return Answered(Reply(said) if said else None)
    if not _storable(reply):
        logger.error("a handler returned what is no Reply that can be stored", extra={"handler": handler.name})
        return Answered(reason="handler_error")
    return Answered(reply if reply.text is not None else replace(reply, text=said))


def _storable(reply: Any) -> bool:
    if not isinstance(reply, Reply) or not isinstance(reply.kind, str) or not 0 < len(reply.kind) <= KIND_LENGTH:
        return False
    if not isinstance(reply.text, (str, NoneType)) or len(reply.text or "") > settings.MESSAGE_LIMIT:
        return False
    try:
        strictjson.check([reply.text, list(reply.parts), reply.metadata])
    except MalformedJSON:
        return False
    return all(isinstance(part, dict) and "type" in part for part in reply.parts)


async def _call(handler: Handler, message: MessageView, context: Context, turn: Turn) -> Reply | None:
    try:
        if handler.is_async:
            answer = handler.answer(message, context, turn)
            return await answer if isinstance(answer, Awaitable) else answer
        return await asyncio.wrap_future(_in_thread(handler, message, context, turn))
    except (SystemExit, KeyboardInterrupt) as error:  # would end the dispatch loop with it
        raise HandlerExit(handler.name) from error


def _in_thread(handler: Handler, message: MessageView, context: Context, turn: Turn) -> "Future[Reply | None]":
    """A thread of its own for each call: one that hangs is left behind and takes no place in a pool."""
    if len(_threads) >= THREADS:
        raise TooManyHang(handler.name)
    future: Future[Reply | None] = Future()
    future.set_running_or_notify_cancel()  # it cannot be cancelled any more: its late result is dropped in silence
    inherited = contextvars.copy_context()

    def work() -> None:
        try:
            future.set_result(inherited.run(handler.answer, message, context, turn))  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 - the border to foreign code; `_result` logs it
            future.set_exception(error)
        finally:
            connections.close_all()
            _threads.discard(threading.current_thread())

    thread = threading.Thread(target=work, name=f"handler-{handler.name}", daemon=True)
    _threads.add(thread)
    thread.start()
    return future


def _leave(asked: "asyncio.Future[Reply | None]") -> None:
    """Cancel, and keep a reference until it is gone: its failure, if any, is seen and dropped."""
    _left_behind.add(asked)
    asked.add_done_callback(_left_behind.discard)
    asked.add_done_callback(lambda future: future.cancelled() or future.exception())
    asked.cancel()
