"""Bounded pools of persistent threads for database work, apart from the loops that serve sockets.

Django's connections are per thread: a pool of N threads uses at most N. On SQLite a thread keeps its own; on PostgreSQL
it gives it back after each piece of work (`project/postgres`).
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final, ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection, connections

from project.errors import Unavailable

CLOSE_SECONDS: Final = 10.0

_here = threading.local()

P = ParamSpec("P")
R = TypeVar("R")


class Busy(Unavailable):
    code = "busy"
    title = "The server has more work waiting than it takes; try again in a second"


class Late(Busy):
    code = "late"
    title = "This took too long and may still be done; try again, with the same Idempotency-Key if it creates something"


class Pool:
    """A named pool. Work beyond `settings.POOL_BACKLOG` waiting calls is refused.

    `prompt`: somebody waits for it, at most `settings.ANSWER_SECONDS`. Server-side timeouts end no call to a database
    that is frozen.
    """

    def __init__(self, name: str, prompt: bool = False) -> None:
        self.name = name
        self._prompt = prompt
        self._executor: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._lock = threading.Lock()

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run sync database code on this pool, in the caller's log context.

        :raises Busy: when the backlog is full. :raises Late: when a prompt pool's time is over; the work may go on.
        """
        answer = asyncio.wrap_future(self.submit(work, *args, **kwargs))
        try:
            async with asyncio.timeout(settings.ANSWER_SECONDS if self._prompt else None) as patience:
                return await answer
        except TimeoutError as error:
            if patience.expired():
                raise Late() from error
            raise

    def submit(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        with self._lock:
            if self._waiting >= settings.POOL_BACKLOG:
                raise Busy()
            self._waiting += 1
            executor = self._executor = self._executor or ThreadPoolExecutor(
                settings.POOL_THREADS[self.name], thread_name_prefix=self.name
            )
        context = contextvars.copy_context()
        future = executor.submit(context.run, _fresh, work, args, kwargs)
        future.add_done_callback(self._done)
        return future

    def close(self) -> None:
        """Wait for what runs, drop what waits, and close the threads' connections."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is None:
            return
        threads = settings.POOL_THREADS[self.name]
        everybody = threading.Barrier(threads)  # so that no thread takes this turn twice, and none misses it
        for _ in range(threads):
            executor.submit(_close_connections, everybody)
        executor.shutdown(wait=True)

    def _done(self, _: "Future[R]") -> None:
        with self._lock:
            self._waiting -= 1


def close() -> None:
    """Close every pool, and then the database's: nobody is left who would use it."""
    for pool in ALL:
        pool.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _close_connections(everybody: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):
        everybody.wait(CLOSE_SECONDS)
    connections.close_all()


def is_own_thread() -> bool:
    """False for threads of foreign code, and of whatever else does not say that it is ours."""
    return getattr(_here, "own", False)


@contextmanager
def closing_old_connections() -> Iterator[None]:
    """Around database work of a thread of ours: a connection that broke or grew old is not used again."""
    _here.own = True
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


def _fresh(work: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]) -> R:
    with closing_old_connections():
        return work(*args, **kwargs)


web: Final = Pool("web", prompt=True)
streams: Final = Pool("streams", prompt=True)
steps: Final = Pool("steps")
guard: Final = Pool("guard")  # alone, so that no slow reader or writer puts off the end of what was revoked
ALL: Final = (web, streams, steps, guard)
