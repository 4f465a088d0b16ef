"""One serving process: daphne on a socket it was given, hub, guard, rings, queue and timetable; drains on SIGTERM.

Start-up order: listen, then hub and guard, then rings, then queue and timetable, then readiness is said.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Coroutine
from typing import Any, Final

import daphne.server  # noqa: F401 - installs Twisted's asyncio reactor, before anything else imports one
from django.conf import settings
from twisted.internet import defer, reactor

from dispatch.live import live
from dispatch.queue import LocalQueue
from dispatch.work import local_queue
from project import cachelink, carrier, drain, periodic, pools, transport
from project.asgi import application
from project.backpressure import BackpressureServer
from project.timetable import Timetable

logger = logging.getLogger(__name__)

FRAME_LIMIT: Final = 512 * 1024
ORPHAN_SECONDS: Final = 1.0


class SwitchboardServer(BackpressureServer):
    def __init__(self, fileno: int, welcome: str) -> None:
        super().__init__(
            application,
            endpoints=[f"fd:fileno={fileno}"],
            signal_handlers=False,
            server_name="",
            websocket_timeout=-1,
            websocket_max_message_size=FRAME_LIMIT,
            websocket_max_frame_size=FRAME_LIMIT,
            application_close_timeout=settings.DRAIN_SECONDS,
        )
        self._welcome = welcome
        self._listening: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._queue: LocalQueue = local_queue()
        self._timetable = Timetable(periodic.REGISTRY)
        self.failed = False

    @property
    def http_factory(self) -> transport.Factory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: Any) -> None:
        """Daphne makes a factory of its own before it listens; ours takes its place."""
        self._http_factory = transport.Factory(self)

    def serve(self) -> None:
        """Until a signal, or a background task that broke. `failed` tells which."""
        reactor.callWhenRunning(self._start)
        self.run()

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._listening.append(port)

    def kill_all_applications(self) -> Any:
        """Daphne's hook before shutdown; Twisted waits for what it returns."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    def _start(self) -> None:
        loop = asyncio.get_event_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal)
        self._background(loop, self._live())
        self._background(loop, carrier.carry())
        self._background(loop, _watch_parent())
        self._queue.start()
        self._timetable.start()
        logger.info("serving; %s", self._welcome)

    async def _live(self) -> None:
        await asyncio.gather(*live.start())

    def _background(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
        task = loop.create_task(work)
        task.add_done_callback(self._on_background_end)
        self._tasks.append(task)

    def _on_background_end(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() and not drain.begun():
            logger.critical("a background task broke; the process is replaced", exc_info=task.exception())
            self.failed = True
            self.stop()

    def _on_signal(self) -> None:
        if drain.begun():
            logger.warning("second signal: leaving at once")
            os._exit(130)
        drain.begin()
        self.stop()

    async def _drain(self) -> None:
        """Stop listening, say goodbye to streams, finish or give back runs, then let go of what is left."""
        drain.begin()
        ends = time.monotonic() + settings.DRAIN_SECONDS
        for port in self._listening:
            port.stopListening()
        live.stop("restarting")
        parts = (self._queue, self._timetable)
        await asyncio.gather(*(asyncio.to_thread(part.stop, settings.DRAIN_SECONDS / 2) for part in parts))
        while self._open() and time.monotonic() < ends:  # noqa: ASYNC110 - daphne tells nobody when one ends
            await asyncio.sleep(0.02)
        left = [*self._open(), *self._tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.to_thread(_close_pools)
        logger.info("drained")

    def _open(self) -> list[Any]:
        applications = (details.get("application_instance") for details in self.connections.values())
        return [application for application in applications if application and not application.done()]


async def _watch_parent() -> None:
    """A server whose supervisor is gone drains: nobody would restart or stop it."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(ORPHAN_SECONDS)
    logger.warning("the supervisor is gone; draining")
    os.kill(os.getpid(), signal.SIGTERM)


def _close_pools() -> None:
    cachelink.close()
    for pool in pools.ALL:
        pool.close()
