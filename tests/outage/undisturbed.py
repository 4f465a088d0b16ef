"""The cache gives a call a tenth of a second, and a machine that is busy with other tests may take longer over it."""

from collections.abc import Callable
from typing import TypeVar

from project import cachelink
from project.cache import FallbackCache, LockUnavailable
from tests.live import eventually

R = TypeVar("R")


def undisturbed(cache: FallbackCache, act: Callable[[], R]) -> R:
    """What `act` returns once no call within it has failed; what was stored before a failure is then forgotten."""
    found: list[R] = []

    def attempt() -> bool:
        eventually(lambda: cache.state == cachelink.REDIS)
        before = cache.changes["degraded"]
        try:
            found.append(act())
        except LockUnavailable:
            if cache.changes["degraded"] == before:
                raise
        return cache.changes["degraded"] == before

    eventually(attempt)
    return found[-1]
