"""One serving process: daphne on a socket it was given, and the parts beside it; drains on SIGTERM.

Start-up order: listen, then the parts (`project/parts.py`), then readiness is said.
"""

import asyncio
import gc
import logging
import resource
import time
from typing import Any, Final

import daphne.server  # noqa: F401 - installs Twisted's asyncio reactor, before anything else imports one
from django.conf import settings
from twisted.internet import defer, reactor

from project import parts, transport
from project.asgi import application
from project.backpressure import BackpressureServer
from project.parts import Parts

logger = logging.getLogger(__name__)

FRAME_LIMIT: Final = 512 * 1024
OPEN_FILES: Final = 65_536


class SwitchboardServer(BackpressureServer):
    def __init__(self, fileno: int, welcome: str) -> None:
        super().__init__(
            application,
            endpoints=[f"fd:fileno={fileno}"],
            signal_handlers=False,
            server_name="",
            websocket_timeout=-1,
            ping_interval=settings.PING_SECONDS,
            ping_timeout=settings.PONG_SECONDS,
            websocket_max_message_size=FRAME_LIMIT,
            websocket_max_frame_size=FRAME_LIMIT,
            application_close_timeout=settings.DRAIN_SECONDS,
        )
        self._welcome = welcome
        self._listening: list[Any] = []
        self.parts = Parts(serves=True, on_break=self.stop)

    @property
    def http_factory(self) -> transport.Factory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: Any) -> None:
        """Daphne makes a factory of its own before it listens; ours takes its place."""
        self._http_factory = transport.Factory(self)

    def serve(self) -> None:
        """Until a signal, or a part that broke: `parts.failed` tells which."""
        _allow_open_files()
        _collect_early()
        reactor.callWhenRunning(self._start)
        self.run()

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._listening.append(port)

    def kill_all_applications(self) -> Any:
        """Daphne's hook before shutdown; Twisted waits for what it returns."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    def _start(self) -> None:
        """Twisted calls this before its asyncio loop counts as running."""
        asyncio.get_event_loop().call_soon(self._begin)

    def _begin(self) -> None:
        parts.on_stop_signal(asyncio.get_running_loop(), self.stop)
        self.parts.start()
        self.parts.watch_parent()
        logger.info("serving; %s", self._welcome)

    async def _drain(self) -> None:
        """Stop listening, drain the parts, then let go of what is left."""
        ends = time.monotonic() + settings.DRAIN_SECONDS
        for port in self._listening:
            port.stopListening()
        await self.parts.drain(settings.DRAIN_SECONDS / 2)
        while self._open() and time.monotonic() < ends:  # noqa: ASYNC110 - daphne tells nobody when one ends
            await asyncio.sleep(0.02)
        left = self._open()
        for running in left:
            running.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.parts.close()

    def _open(self) -> list[Any]:
        applications = (details.get("application_instance") for details in self.connections.values())
        return [application for application in applications if application and not application.done()]


def _allow_open_files() -> None:
    """A connection is an open file; the 1,024 that most systems grant at first are few."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if wanted > granted != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _collect_early() -> None:
    """A connection that ends leaves 25 kB in a cycle. By default Python looks for those among a hundred times as many
    objects, and puts that off until there is a quarter more of all that is old, our code with it: 4,000 connections.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 2)
