"""Code of experts that is asked something outside of a task, in a thread that can be left behind: it may hang there,
and whatever it raises ends nothing else.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import Any

from django.db import connections


class Exited(Exception):
    """It tried to end the process."""


def begin(ask: Callable[[], Coroutine[Any, Any, Any]]) -> "Future[Any]":
    """What `ask`, an async function, answers, on a loop of its own. Who waits says for how long."""
    answer: Future[Any] = Future()
    thread = Thread(target=copy_context().run, args=(_answer, ask, answer), name="asking an expert", daemon=True)
    thread.start()
    return answer


def _answer(ask: Callable[[], Coroutine[Any, Any, Any]], answer: "Future[Any]") -> None:
    try:
        found = _asked(ask)
    except Exception as error:  # noqa: BLE001 - whatever it is, who waits gets it
        answer.set_exception(error)
    except BaseException as error:  # noqa: BLE001
        answer.set_exception(Exited(repr(error)))
    else:
        answer.set_result(found)


def _asked(ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    try:
        return asyncio.run(ask())
    finally:
        connections.close_all()
