"""Health: alive means the process answers; ready means that it can do its work, and if not, names what is missing."""

from collections.abc import Callable
from typing import Any, Final, cast

from django.core.cache import caches
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from dispatch import threads
from project import drain
from project.cache import FallbackCache
from project.errors import DATABASE_OUTAGE


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """503 while the database is away, migrations are missing, or the process drains."""
    told = state()
    return JsonResponse(told, status=200 if told["status"] == "ok" else 503)


def state() -> dict[str, Any]:
    parts = {name: check() for name, check in CHECKS.items()}
    well = all(state == "ok" for state in parts.values())
    cache = cast(FallbackCache, caches["default"])
    return {
        "status": "ok" if well else "unavailable",
        "parts": parts,
        "cache": cache.state,
        "cache_changes": cache.changes,
        "abandoned_calls": sum(threads.abandoned().values()),
    }


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DATABASE_OUTAGE:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DATABASE_OUTAGE:
        return "unknown"
    return "missing: run manage.py migrate" if missing else "ok"


def _drain() -> str:
    return "draining" if drain.begun() else "ok"


CHECKS: Final[dict[str, Callable[[], str]]] = {"database": _database, "migrations": _migrations, "drain": _drain}
