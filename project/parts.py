"""What works beside the sockets of a process, on its main loop and in threads: the same in a server and in a worker.

Order of start: hub and guard (who serves), rings, then timetable and queues, and the bell last: it rings for the queue.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Final

from django.conf import settings

from dispatch import bell, delegation_work, threads
from dispatch.live import live
from dispatch.queue import LocalQueue
from dispatch.work import local_queue
from project import cachelink, carrier, drain, periodic, pools
from project.supervising import orphaned
from project.timetable import Timetable

logger = logging.getLogger(__name__)

ORPHAN_SECONDS: Final = 1.0


class Parts:
    """Started and stopped once, on the process's main loop. `on_break` is called when one of them breaks."""

    def __init__(self, serves: bool, on_break: Callable[[], None]) -> None:
        self.failed = False
        self._serves, self._on_break = serves, on_break
        self._queue: LocalQueue | None = local_queue() if settings.RUN_CONCURRENCY else None
        self._experts: LocalQueue | None = delegation_work.local_queue() if settings.DELEGATION_CONCURRENCY else None
        self._timetable = Timetable(periodic.REGISTRY)
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._serves:
            self._keep(_serve_streams())
        self._keep(carrier.carry())
        self._timetable.start()
        if self._queue is not None:
            self._queue.start()
        if self._experts is not None:
            self._experts.start()
        if self._queue is not None or self._experts is not None:
            self._keep(threads.watch())
        if self._queue is not None:
            self._listening = self._keep(bell.listen(self._queue.offer))

    def watch_parent(self) -> None:
        """Drain when the supervisor is gone: nobody would restart or stop this process."""
        self._keep(_watch_parent())

    async def drain(self, grace: float) -> None:
        """Say goodbye to streams; take nothing new, finish what runs within `grace` seconds or give it back."""
        drain.begin()
        live.stop("restarting")
        if self._listening is not None:
            self._listening.cancel()  # bells ring for others from now on
        parts = [part for part in (self._queue, self._experts, self._timetable) if part is not None]
        await asyncio.gather(*(asyncio.to_thread(part.stop, grace) for part in parts))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(_close_pools)
        logger.info("drained")

    def _keep(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._on_end)
        self._tasks.append(task)
        return task

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() and not drain.begun():
            logger.critical("a background task broke; the process is replaced", exc_info=task.exception())
            self.failed = True
            self._on_break()


def on_stop_signal(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """SIGTERM and Ctrl-C drain; the second one leaves at once."""

    def heard() -> None:
        if drain.begun():
            logger.warning("second signal: leaving at once")
            os._exit(130)
        drain.begin()
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, heard)


async def _serve_streams() -> None:
    await asyncio.gather(*live.start())


async def _watch_parent() -> None:
    while not orphaned():  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(ORPHAN_SECONDS)
    logger.warning("the supervisor is gone; draining")
    os.kill(os.getpid(), signal.SIGTERM)


def _close_pools() -> None:
    cachelink.close()
    pools.close()
