"""Puts the points of `points.py` around the product's own steps, through public hooks alone.

EXTRA_APPS=tests.crash_app; found by name, and so there before anything of the server has started.
"""

import itertools
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn
from project import bus
from tests.crash_app.points import armed, reach

_rings = itertools.count()


@handlers.register("test.crash")
async def crash_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    reach("handler.before")
    turn.say(f"echo: {message.text}")
    reach("handler.after")
    return Reply()


def _around_sql(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    step = _step(sql, params)
    if step in ("insert", "conclude"):
        reach(f"{step}.before")
    if step in ("insert", "claim", "conclude"):
        # Registered before the step's own ring: the first thing after its commit.
        after = "commit.after" if step == "insert" else f"{step}.after"
        transaction.on_commit(lambda: reach(after))
    if step == "claim":
        reach("claim.before")
    result = execute(sql, params, many, context)
    if step == "insert":
        reach("insert.after")
    if step == "queued":  # the last statement of the accepting transaction
        reach("commit.before")
    return result


def _step(sql: str, params: Any) -> str:
    said = list(params or ())
    if sql.startswith('INSERT INTO "contexts_message"'):
        return "insert" if "user" in said else ""
    if sql.startswith('INSERT INTO "project_event"'):
        return "queued" if "run.queued" in said else ""
    if sql.startswith('UPDATE "dispatch_run" SET "state"'):
        return {"running": "claim", "completed": "conclude", "canceled": "conclude"}.get(said[0], "")
    return ""


def _wrap(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _around_sql not in connection.execute_wrappers:
        connection.execute_wrappers.append(_around_sql)


def _before_ring(_: str) -> None:
    """The first listener of all: nobody has heard it. An accepted message rings twice, one after the other."""
    reach("ring.before")
    if armed("ring.after") and next(_rings):
        reach("ring.after")


connection_created.connect(_wrap)
bus.on("conversation", _before_ring)
