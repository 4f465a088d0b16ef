"""The local queue: durable work is rows; a dispatch loop in a thread of its own takes what is due.

Work is leased. A timer thread, which foreign code cannot block, renews the leases of what this process works on, takes
up what dead processes left, and replaces a dispatch loop that stops turning.
"""

import asyncio
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings

from dispatch.loop import DispatchLoop
from project import bus
from project.errors import DATABASE_OUTAGE
from project.pools import closing_old_connections

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
RENEW_SECONDS: Final = 3.0
RECOVER_SECONDS: Final = 1.0  # of a tick; the next one goes on
STALL_SECONDS: Final = 3.0
OFFER_SECONDS: Final = 0.02
LOOK_SECONDS: Final = 0.1  # between two looks, however often it rings


@dataclass(frozen=True)
class Work:
    """One kind of durable work. `holder` names the process that has a lease.

    `due(limit, holder)`: ids that `holder` may start now. `carry(id, holder)`: claim one and finish it.
    `renew(holder, ids)`: prolong leases. `recover()`: take up what lost its lease, yielding after each one.
    `release(holder, ids, reason)`: give back unfinished. `fail(holder, id)`: end one whose code blocks its loop.
    `look()`: tell what is worked on here that it is to end; `concerns(id)`: whether a ring is a reason to.
    `has_bell`: on PostgreSQL a bell says that work is due (`dispatch/bell.py`).
    """

    due: Callable[[int, str], list[UUID]]
    carry: Callable[[UUID, str], Awaitable[None]]
    renew: Callable[[str, Collection[UUID]], None]
    recover: Callable[[], Iterator[None]]
    release: Callable[[str, Collection[UUID], str], None]
    fail: Callable[[str, UUID], None]
    concerns: Callable[[str], bool]
    look: Callable[[], None]
    has_bell: bool = False


class LocalQueue:
    """Started once per serving process. `concurrency` bounds what it works on at a time; `topic` rings for it."""

    def __init__(self, work: Work, concurrency: int, topic: str = "conversation") -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._work, self._topic = work, topic
        self._concurrency = concurrency
        self._stopping = threading.Event()
        self._rung = threading.Event()
        self._renewed = 0.0
        self._loop = self._new_loop()
        self._timer = threading.Thread(target=self._keep_time, name="queue-timer", daemon=True)

    def start(self) -> None:
        bus.on(self._topic, self._hear)
        self._loop.start()
        self._timer.start()

    async def offer(self) -> None:
        """Look for due work once there is room for it. Meanwhile who offers waits, and other processes are offered."""
        while self._loop.full:  # noqa: ASYNC110 - the loop is another thread's
            await asyncio.sleep(OFFER_SECONDS)
        self._loop.wake()

    def stop(self, grace: float) -> None:
        """Take nothing new, wait up to `grace` seconds for what runs, give the rest back."""
        self._loop.drain(grace)
        self._stopping.set()
        self._rung.set()
        self._timer.join(timeout=RENEW_SECONDS)
        self._work.release(self.holder, self._loop.held(), "drain")

    def _new_loop(self) -> DispatchLoop:
        return DispatchLoop(self.holder, self._work.due, self._work.carry, self._concurrency)

    def _hear(self, id: str) -> None:
        if not (settings.BELL and self._work.has_bell):
            self._loop.wake()
        if self._work.concerns(id):
            self._rung.set()

    def _keep_time(self) -> None:
        due = time.monotonic() + TICK_SECONDS
        while not self._stopping.is_set():
            self._rung.wait(max(0.0, due - time.monotonic()))
            self._rung.clear()
            ticks = time.monotonic() >= due
            due = time.monotonic() + TICK_SECONDS if ticks else due
            try:
                with closing_old_connections():
                    if ticks:
                        self._tick()
                    self._work.look()
            except DATABASE_OUTAGE:
                logger.warning("the database did not answer the queue; the next second tries again")
            except Exception:
                logger.exception("the queue's timer broke; the next second tries again")
            self._stopping.wait(LOOK_SECONDS)

    def _tick(self) -> None:
        self._replace_stalled_loop()
        self._renew()
        ends = time.monotonic() + RECOVER_SECONDS
        for _ in self._work.recover():
            self._renew()
            if time.monotonic() > ends:
                break

    def _renew(self) -> None:
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._work.renew(self.holder, self._loop.held())
            self._renewed = time.monotonic()

    def _replace_stalled_loop(self) -> None:
        if not self._loop.stalled(STALL_SECONDS):
            return
        stuck, self._loop = self._loop, self._new_loop()
        self._loop.start()
        culprit, others = stuck.abandon()
        if culprit is not None:
            self._work.fail(self.holder, culprit)
        if stuck.is_alive():  # what a dead one had may have killed it: its leases end, and that counts as a crash
            self._work.release(self.holder, others, "loop_stalled")
