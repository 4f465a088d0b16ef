"""The two sides of the cache: Redis through django-redis, and bounded memory. Values are JSON in both."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django_redis.cache import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from project.memory import BoundedMemory

RUN_ID: Final = re.compile(rb"run_id:(\w+)")
PROBE: Final = "probe"


class OtherServer(RedisConnectionError):
    """The server behind the address is not the one whose keys we know: it was restarted or replaced."""


class RedisSide:
    """One attempt per call, within the socket timeouts of the settings. `expected`: the run id of the server known."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        self.expected: str | None = None
        options = params.get("OPTIONS", {}) | {
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0), "redis_connect_func": self._greet}
        }
        self._cache = RedisCache(location, params | {"KEY_FUNCTION": _verbatim, "OPTIONS": options})

    def get(self, name: str, default: Any) -> Any:
        with suppress(ValueError):  # what is not JSON was not written by us
            return self._cache.get(name, default)
        return default

    def get_many(self, names: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        with suppress(ValueError):
            found = self._cache.get_many(names)
        return found

    def set(self, name: str, value: Any, seconds: float | None) -> None:
        self._cache.set(name, value, seconds)

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        return bool(self._cache.add(name, value, seconds))

    def touch(self, name: str, seconds: float | None) -> bool:
        return bool(self._cache.touch(name, seconds))

    def delete(self, name: str) -> bool:
        return bool(self._cache.delete(name))

    def incr(self, name: str, delta: int) -> int:
        return int(self._cache.incr(name, delta))

    def lock(self, name: str, seconds: float) -> Any:
        return self._cache.lock(name, timeout=seconds)

    def probe(self) -> str:
        """Write and read; returns the server's run id."""
        self.expected = None
        self._cache.set(PROBE, 1, 10)
        self._cache.get(PROBE)
        return str(self._cache.client.get_client(write=True).info("server")["run_id"])

    def _greet(self, connection: Any) -> None:
        """On each new connection, however it came about: is this still the same server?"""
        connection.on_connect()
        if self.expected is None:
            return
        connection.send_command("INFO", "server")
        match = RUN_ID.search(connection.read_response(disable_decoding=True))
        if match is None or match[1].decode() != self.expected:
            raise OtherServer("another server answers")


class MemorySide:
    def __init__(self, memory: BoundedMemory) -> None:
        self.memory = memory

    def get(self, name: str, default: Any) -> Any:
        value = self.memory.get(name)
        return default if value is None else json.loads(value)

    def get_many(self, names: list[str]) -> dict[str, Any]:
        return {name: json.loads(value) for name in names if (value := self.memory.get(name)) is not None}

    def set(self, name: str, value: Any, seconds: float | None) -> None:
        self.memory.set(name, _encode(value), seconds)

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        return self.memory.add(name, _encode(value), seconds)

    def touch(self, name: str, seconds: float | None) -> bool:
        return self.memory.touch(name, seconds)

    def delete(self, name: str) -> bool:
        return self.memory.delete(name)

    def incr(self, name: str, delta: int) -> int:
        add: Callable[[bytes], bytes] = lambda value: _encode(int(value) + delta)  # noqa: E731
        value = self.memory.change(name, add)
        if value is None:
            raise ValueError(f"there is no key {name}")
        return int(value)


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _verbatim(key: str, key_prefix: str, version: int) -> str:
    return key
