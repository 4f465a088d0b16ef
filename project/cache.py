"""The cache: Redis through django-redis, and memory while Redis is away. It holds nothing that rows do not hold.

A failure is handled within the call that meets it. Keys carry a generation: what was cached before an outage is never
believed after it (`project/cachelink.py` holds the states).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from project import cachelink
from project.errors import Unavailable

MISSING: Final = object()


class LockUnavailable(Unavailable):
    code = "lock_unavailable"
    title = "A lock between processes needs Redis, which is away"


class FallbackCache(BaseCache):
    """Django builds one per thread; the state behind it is one per process."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._link = cachelink.link(location, params)

    @property
    def state(self) -> str:
        """For health: redis, degraded, probing, recovering, or memory where there is no Redis."""
        return self._link.state

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        value = self._run("get", key, version, MISSING)
        return default if value is MISSING else value

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._run("set", key, version, value, self._seconds(timeout))

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True for exactly one caller; while Redis is away, for one of each process."""
        return bool(self._run("add", key, version, value, self._seconds(timeout)))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._run("touch", key, version, self._seconds(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._run("delete", key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """:raises ValueError: when there is no such key."""
        return int(self._run("incr", key, version, delta))

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """One round trip."""
        names = {self._name(key, version): key for key in keys}
        found = self._link.run(lambda side: side.get_many(list(names)))
        return {names[name]: value for name, value in found.items()}

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self.get(key, MISSING, version) is not MISSING

    def clear(self) -> None:
        """A new generation: a shared Redis is never flushed or scanned."""
        self._link.renew()

    def lock(self, key: str, seconds: float) -> Any:
        """A context manager that excludes every other process for at most `seconds`.

        :raises LockUnavailable: while Redis is away; a lock that only this process sees would lie.
        """
        if self._link.redis is None or self._link.state != cachelink.REDIS:
            raise LockUnavailable()
        return self._link.redis.lock(self._name(key, None), seconds)

    def _run(self, operation: str, key: str, version: int | None, *args: Any) -> Any:
        name = self._name(key, version)
        call: Callable[[Any], Any] = lambda side: getattr(side, operation)(name, *args)  # noqa: E731
        return self._link.run(call)

    def _name(self, key: str, version: int | None) -> str:
        self.validate_key(self.make_key(key, version))
        return f"{self._link.generation}:{self.make_key(key, version)}"

    def _seconds(self, timeout: Any) -> float | None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else float(seconds)
