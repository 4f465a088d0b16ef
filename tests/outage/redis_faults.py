"""Ten ways in which a Redis fails, each with its end."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import redis

from tests.outage.proxy import Proxy
from tests.outage.redis_server import RedisServer


@dataclass
class Stage:
    """A Redis, the proxy before it, and who flushes it meanwhile."""

    redis: RedisServer
    proxy: Proxy
    _over: threading.Event = field(default_factory=threading.Event)
    _flushing: threading.Thread | None = None

    def flush_each_second(self) -> None:
        self._over.clear()
        self._flushing = threading.Thread(target=self._flush)
        self._flushing.start()

    def stop_flushing(self) -> None:
        self._over.set()
        if self._flushing:
            self._flushing.join()

    def _flush(self) -> None:
        while not self._over.wait(1):
            with suppress(redis.exceptions.RedisError):
                self.redis.ask("FLUSHALL")


@dataclass(frozen=True)
class Fault:
    """`seconds` in full. One that `degrades` makes the cache answer from memory and say so."""

    name: str
    begin: Callable[[Stage], None]
    end: Callable[[Stage], None]
    seconds: float = 10
    degrades: bool = True


def _pass(stage: Stage) -> None:
    stage.proxy.passing()


LOADING_SECONDS: Final = 10

FAULTS: Final = (
    Fault("nothing, to compare", lambda stage: None, lambda stage: None, degrades=False),
    Fault("kill -9, empty restart", lambda stage: stage.redis.kill(), lambda stage: stage.redis.start()),
    Fault("STOP", lambda stage: stage.redis.freeze(), lambda stage: stage.redis.thaw(), 30),
    Fault("blackhole", lambda stage: stage.proxy.blackhole(), _pass),
    Fault("refuse", lambda stage: stage.proxy.refuse(), _pass),
    Fault("delay 300 ms", lambda stage: stage.proxy.delay(0.3), _pass),
    Fault("garbage", lambda stage: stage.proxy.garble(22), _pass),
    Fault("maxmemory", lambda stage: stage.redis.fill(), lambda stage: stage.redis.empty()),
    Fault("READONLY", lambda stage: stage.redis.demote(), lambda stage: stage.redis.promote()),
    Fault(
        "LOADING",
        lambda stage: stage.redis.restart_loading(LOADING_SECONDS),
        lambda stage: stage.redis.loaded(),
        LOADING_SECONDS / 2,  # its end waits for the rest
    ),
    Fault(
        "FLUSHALL each second",
        lambda stage: stage.flush_each_second(),
        lambda stage: stage.stop_flushing(),
        degrades=False,
    ),
)
