"""The cache: Redis through django-redis, and memory while Redis is away. It holds nothing that rows do not hold.

A failure is handled within the call that meets it. Keys carry a generation: what was cached before an outage is never
believed after it (`project/cachelink.py` holds the states).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

import orjson
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from project import cachelink
from project.cachesides import OUTAGE
from project.errors import Unavailable

MISSING: Final = object()


class LockUnavailable(Unavailable):
    code = "lock_unavailable"
    title = "A lock between processes could not be had: Redis is away, or another process holds it"


class FallbackCache(BaseCache):
    """Django builds one per thread; the state behind it is one per process."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._link = cachelink.link(location, params)

    @property
    def state(self) -> str:
        """For health: redis, degraded, probing, recovering, or memory where there is no Redis."""
        self._link.begin()
        return self._link.state

    @property
    def changes(self) -> Counter[str]:
        """How often each state was entered that is worth telling: degraded, redis."""
        return self._link.changes

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return _decode(self._run("get", key, version), default)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._run("set", key, version, _encode(value), self._seconds(timeout))

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True for exactly one caller; while Redis is away, for one of each process."""
        return bool(self._run("add", key, version, _encode(value), self._seconds(timeout)))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._run("touch", key, version, self._seconds(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._run("delete", key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """One step among all processes; while Redis is away, among the threads of this one.

        :raises ValueError: when there is no such number.
        """
        value = self._run("incr", key, version, delta)
        if value is None:
            raise ValueError(f"there is no number {key}")
        return int(value)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """One round trip."""
        names = {self._name(key, version): key for key in keys}
        found = self._link.run(lambda side: side.get_many(list(names))) if names else {}
        values = {names[name]: _decode(value, MISSING) for name, value in found.items()}
        return {key: value for key, value in values.items() if value is not MISSING}

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self.get(key, MISSING, version) is not MISSING

    def clear(self) -> None:
        """A new generation: a shared Redis is never flushed or scanned."""
        self._link.renew()

    def lock(self, key: str, seconds: float) -> AbstractContextManager[None]:
        """Excludes every other process for at most `seconds`; waits as long for who holds it. `clear()` frees no lock.

        :raises LockUnavailable: while Redis is away; a lock that only this process sees would lie.
        """
        if self._link.redis is None or self._link.state != cachelink.REDIS:
            raise LockUnavailable()
        return _held(self._link, self._link.redis.lock(self.make_key(f"lock:{key}"), seconds))

    def _run(self, operation: str, key: str, version: int | None, *args: Any) -> Any:
        name = self._name(key, version)
        call: Callable[[Any], Any] = lambda side: getattr(side, operation)(name, *args)  # noqa: E731
        return self._link.run(call)

    def _name(self, key: str, version: int | None) -> str:
        name = self.make_key(f"{self._link.generation}:{key}", version)
        self.validate_key(name)
        return name

    def _seconds(self, timeout: Any) -> float | None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else float(seconds)


@contextmanager
def _held(link: cachelink.Link, lock: Any) -> Iterator[None]:
    try:
        taken = lock.acquire()
    except OUTAGE as error:
        link.fail(error)
        raise LockUnavailable() from error
    if not taken:
        raise LockUnavailable()
    try:
        yield
    finally:
        with suppress(*OUTAGE):  # it ends by itself
            lock.release()


def _encode(value: Any) -> bytes:
    return orjson.dumps(value)


def _decode(value: bytes | None, default: Any) -> Any:
    """What is not JSON was not written by us."""
    with suppress(ValueError):
        return default if value is None else orjson.loads(value)
    return default
