"""The way to Redis, one per process, and its four states.

    redis --failure, or another server--> degraded --look--> probing --answer--> recovering --new generation--> redis
                                             ^-----silence------'  ^---no database---'

A watch looks each second, whether anybody asks or not. Unless `redis`, calls are answered from memory. The generation
is a row: whatever Redis kept over an outage, or restored from an old dump, has a name that nobody asks for any more.
"""

import logging
import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django.db import connections, transaction

from project import generation, log
from project.cachesides import OUTAGE, MemorySide, RedisSide
from project.errors import DATABASE_OUTAGE
from project.memory import BoundedMemory
from project.pools import closing_old_connections

logger = logging.getLogger(__name__)

REDIS, DEGRADED, PROBING, RECOVERING, MEMORY = "redis", "degraded", "probing", "recovering", "memory"
LOOK_SECONDS: Final = (0.5, 1.0)
PROBE_SECONDS: Final = 0.5
UNTOLD: Final = 64

Call = Callable[[Any], Any]

_links: dict[str, "Link"] = {}
_lock = threading.Lock()


def link(location: str, params: dict[str, Any]) -> "Link":
    """The process's one link to `location`; empty means memory alone."""
    with _lock:
        if location not in _links:
            _links[location] = Link(location, params)
        return _links[location]


def close() -> None:
    """End the watches; what comes after is answered from memory."""
    with _lock:
        links = list(_links.values())
        _links.clear()
    for found in links:
        found.close()


class Link:
    def __init__(self, location: str, params: dict[str, Any]) -> None:
        options = dict(params["OPTIONS"])
        self.memory = MemorySide(BoundedMemory(options.pop("MEMORY_ENTRIES"), options.pop("MEMORY_BYTES")))
        self.redis = RedisSide(location, params | {"OPTIONS": options}) if location else None
        self.state = PROBING if location else MEMORY
        self.generation = 0
        self.changes: Counter[str] = Counter()
        self._untold: deque[tuple[str, dict[str, Any]]] = deque(maxlen=UNTOLD)
        self._bell = threading.Event()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="cache-watch", daemon=True)

    def close(self) -> None:
        self._closed = True
        self._bell.set()
        if self._thread.ident:
            self._thread.join()
        self.state = MEMORY

    def run(self, call: Call) -> Any:
        """Answer from Redis, or, from its failure on, from memory. The first call begins the watch."""
        self.begin()
        if self.redis is not None and self.state == REDIS:
            try:
                return self.redis.within(call)
            except OUTAGE as error:
                self.fail(error)
        return call(self.memory)

    def renew(self) -> None:
        """Forget everything, in every process that shares the Redis; the others hear of it within a second."""
        self.memory.memory.clear()
        if self.redis is not None:
            self.generation = generation.draw(self.redis.expected or "")

    def begin(self) -> None:
        """Begin the watch, unless it has begun."""
        if self.redis is None or self._thread.ident is not None:
            return
        with self._lock, suppress(RuntimeError):  # another thread has begun it
            if not self._closed:
                self._thread.start()

    def fail(self, error: Exception) -> None:
        with self._lock:
            if self.state != REDIS:
                return
            self.memory.memory.clear()
            self._change(DEGRADED, type(error).__name__)
        self._bell.set()

    def _watch(self) -> None:
        while not self._closed:
            try:
                with closing_old_connections():
                    self._look()
                    self._tell()
            except Exception:
                logger.exception("the cache's watch broke; it looks again")
            self._bell.wait(random.uniform(*LOOK_SECONDS))  # noqa: S311 - spreads the probes of many processes
            self._bell.clear()
        connections.close_all()

    def _look(self) -> None:
        try:
            if self.redis is not None and self.state == REDIS:
                self._check(self.redis)
            else:
                self._recover()
            self.generation = max(self.generation, generation.current())  # another process may have drawn one
        except OUTAGE as error:
            self.fail(error)
        except DATABASE_OUTAGE:
            if self.state == RECOVERING:
                self.state = DEGRADED

    def _check(self, side: RedisSide) -> None:
        """Twice before it is called an outage: this thread may just not have had its turn."""
        with suppress(*OUTAGE):
            side.within(RedisSide.check)
            return
        side.within(RedisSide.check)

    def _recover(self) -> None:
        first = not self.changes[DEGRADED]
        self.state = PROBING
        try:
            server = self.redis.within(RedisSide.probe, PROBE_SECONDS) if self.redis else ""
        except OUTAGE as error:
            self._down(type(error).__name__, said=not first)
            return
        self.state = RECOVERING
        self.generation = generation.settled(server) if first else generation.draw(server)
        self.memory.memory.clear()
        if self.redis:
            self.redis.expected = server
        self._change(REDIS, "answers")

    def _down(self, reason: str, said: bool) -> None:
        if said:
            self.state = DEGRADED
        else:
            self._change(DEGRADED, reason)

    def _change(self, state: str, reason: str) -> None:
        """Said once per change: in the log, in the count, and by the watch to staff."""
        recovered = state == REDIS and self.changes[DEGRADED] > 0
        self.state = state
        self.changes[state] += 1
        if state == DEGRADED:
            logger.warning("the cache is degraded to memory: %s", reason)
            self._untold.append(("cache.degraded", self._told()))
        elif recovered:
            logger.info("the cache has recovered")
            self._untold.append(("cache.recovered", self._told()))

    def _told(self) -> dict[str, Any]:
        return {"state": self.state, "generation": self.generation}

    def _tell(self) -> None:
        """An untold change waits for the database."""
        try:
            while self._untold:
                with transaction.atomic():
                    log.open_staff()
                    log.append(log.STAFF, *self._untold[0])
                self._untold.popleft()
        except DATABASE_OUTAGE:
            return
