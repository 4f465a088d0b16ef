"""The two sides of the cache: Redis through django-redis, and bounded memory. Both hold bytes."""

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from django_redis.cache import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from project.boundedsocket import BoundedSocket
from project.memory import BoundedMemory

OPERATION_SECONDS: Final = 0.1
FEW_ROUND_TRIPS: Final = {"protocol": 2, "driver_info": None}  # of a greeting
RUN_ID: Final = re.compile(rb"run_id:(\w+)")
OUTAGE: Final = (RedisError, OSError)
# Garbage raises what the driver's code makes of it.
SURPRISES: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError)
ADD_TO_NUMBER: Final = "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('INCRBY', KEYS[1], ARGV[1]) end"

R = TypeVar("R")


class OtherServer(RedisConnectionError):
    """The server behind the address is not the one whose keys we know: it was restarted or replaced."""


class Garbage(RedisConnectionError):
    """What answers does not speak Redis."""


class RedisSide:
    """One attempt per call. `expected`: the run id of the server known."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        self.expected: str | None = None
        self._deadline = threading.local()
        self._probe_key = f"{params.get('KEY_PREFIX', '')}:probe"
        connecting = {"retry": Retry(NoBackoff(), 0), "redis_connect_func": self._greet} | FEW_ROUND_TRIPS
        options = params.get("OPTIONS", {}) | {"CONNECTION_POOL_KWARGS": connecting}
        self._cache = RedisCache(location, params | {"OPTIONS": options})

    @property
    def client(self) -> Any:
        return self._cache.client.get_client(write=True)

    def within(self, work: Callable[["RedisSide"], R], seconds: float = OPERATION_SECONDS) -> R:
        """Do it in so many seconds, name resolution apart.

        :raises RedisError, OSError: whatever goes wrong.
        """
        self._deadline.ends = time.monotonic() + seconds
        try:
            return work(self)
        except OUTAGE:
            raise
        except SURPRISES as error:
            raise Garbage("no answer of a Redis") from error
        finally:
            del self._deadline.ends

    def get(self, name: str) -> bytes | None:
        found: bytes | None = self.client.get(name)
        return found

    def get_many(self, names: list[str]) -> dict[str, bytes]:
        found = self.client.mget(names)
        return {name: value for name, value in zip(names, found, strict=True) if value is not None}

    def set(self, name: str, value: bytes, seconds: float | None) -> None:
        if seconds is not None and seconds <= 0:
            self.client.delete(name)
        else:
            self.client.set(name, value, px=_milliseconds(seconds))

    def add(self, name: str, value: bytes, seconds: float | None) -> bool:
        return bool(self.client.set(name, value, px=_milliseconds(seconds), nx=True))

    def touch(self, name: str, seconds: float | None) -> bool:
        if seconds is None:
            return bool(self.client.persist(name) or self.client.exists(name))
        return bool(self.client.pexpire(name, _milliseconds(seconds)))

    def delete(self, name: str) -> bool:
        return bool(self.client.delete(name))

    def incr(self, name: str, delta: int) -> int | None:
        try:
            value = self.client.eval(ADD_TO_NUMBER, 1, name, delta)
        except ResponseError as error:
            if "integer" not in str(error):
                raise
            return None
        return None if value is None else int(value)

    def lock(self, name: str, seconds: float) -> Any:
        return self.client.lock(name, timeout=seconds, blocking_timeout=seconds)

    def check(self) -> None:
        """Write and read."""
        self.client.set(self._probe_key, 1, ex=10)
        if self.client.get(self._probe_key) is None:
            raise Garbage("what was written is not there")

    def probe(self) -> str:
        """Check over new connections, since the old may lead to another server; returns the server's run id."""
        self.expected = None
        self.client.connection_pool.disconnect()
        self.check()
        return str(self.client.info("server")["run_id"])

    def _greet(self, connection: Any) -> None:
        """On each new connection, however it came about: is this still the same server?"""
        connection._sock = BoundedSocket(connection._sock, self._left)
        try:
            connection.on_connect()
            if self.expected is None:
                return
            connection.send_command("INFO", "server")
            match = RUN_ID.search(connection.read_response(disable_decoding=True))
        except SURPRISES as error:  # the driver lets go of a connection for its own errors alone
            raise Garbage("no greeting of a Redis") from error
        if match is None or match[1].decode() != self.expected:
            raise OtherServer("another server answers")

    def _left(self) -> float:
        ends: float = getattr(self._deadline, "ends", float("inf"))
        return ends - time.monotonic()


class MemorySide:
    def __init__(self, memory: BoundedMemory) -> None:
        self.memory = memory
        self.get, self.set, self.add = memory.get, memory.set, memory.add
        self.touch, self.delete = memory.touch, memory.delete

    def get_many(self, names: list[str]) -> dict[str, bytes]:
        return {name: value for name in names if (value := self.memory.get(name)) is not None}

    def incr(self, name: str, delta: int) -> int | None:
        with suppress(ValueError):  # no number
            value = self.memory.change(name, lambda value: b"%d" % (int(value) + delta))
            return None if value is None else int(value)
        return None


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, int(seconds * 1000))
