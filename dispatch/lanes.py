"""Lanes: what only so many runs may be in at a time, in all processes together: a handler, or a workspace.

A running run is in the lanes of its workspace and of each handler that it may ask.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from dispatch import switches
from dispatch.handlers import Handler
from dispatch.models import Run, RunState
from security.models import Workspace

Lane = str | UUID  # the name of a handler, the id of a workspace

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def stored(path: Iterable[Handler]) -> str:
    """As runs store them: "|one|another|", or "". All handlers: a limit may be set while the run waits."""
    names = [handler.name for handler in path]
    return f"|{'|'.join(names)}|" if names else ""


def names(stored: str) -> list[str]:
    return [name for name in stored.split("|") if name]


def workspace_limits(workspaces: Iterable[UUID]) -> dict[UUID, int]:
    """What staff set for a workspace, else the setting for all; 0 is no limit."""
    found = Workspace.objects.filter(id__in=list(workspaces)).values_list("id", "concurrency")
    limits = {id: settings.WORKSPACE_CONCURRENCY if own is None else own for id, own in found}
    return {id: limit for id, limit in limits.items() if limit}


def limited(run: Run) -> dict[Lane, int]:
    """Those lanes of a run that have a limit."""
    asked = set(names(run.lanes))
    found: dict[Lane, int] = (
        {name: limit for name, limit in switches.limits().items() if name in asked} if asked else {}
    )
    return found | (dict(workspace_limits([run.workspace])) if run.workspace else {})


def enter(run: Run) -> bool:
    """Whether all lanes of a run have room for it. Until the transaction ends nobody else gets into them.

    Locked in one order, and after the stream of its conversation: nobody waits in a circle.
    """
    found = limited(run)
    for lane in sorted(found, key=str):
        _lock(lane)
    return all(inside(lane).count() < limit for lane, limit in found.items())


def inside(lane: Lane) -> QuerySet[Run]:
    running = Run.objects.filter(state=RunState.RUNNING)
    return running.filter(workspace=lane) if isinstance(lane, UUID) else running.filter(lanes__contains=f"|{lane}|")


def awaited(run: Run) -> bool:
    """Whether somebody may wait for the room that a run left: for certain in a workspace, perhaps for a handler."""
    found = limited(run)
    if any(isinstance(lane, str) for lane in found):
        return True
    return bool(found) and Run.objects.filter(state=RunState.QUEUED, workspace=run.workspace).exists()


def _lock(lane: Lane) -> None:
    """On SQLite there is one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"lane:{lane}"])
