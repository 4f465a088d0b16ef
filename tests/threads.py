"""Work on the database from several threads of this process at once."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.live import in_parallel


def at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment, each on a thread with a connection of its own; results in order."""
    return in_parallel([lambda one=one: _carry(one) for one in work])  # type: ignore[misc]


def _carry(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()
