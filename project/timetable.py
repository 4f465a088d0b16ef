"""The timetable: a thread that looks for due periodic jobs each second, and a thread for each job that runs.

A job runs at most once at a time in a process, so there are never more threads than jobs: one that hangs costs its own
thread and its own turns here, which other processes take, and holds up neither other jobs nor the queue.
"""

import logging
import threading
import time
from datetime import datetime
from typing import Final

from django.db import connections
from django.utils import timezone

from project import jobrows, jobturns, logs
from project.errors import DATABASE_OUTAGE
from project.jobrows import Turn
from project.periodic import Job
from project.pools import closing_old_connections
from project.registry import Registry

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0


class Timetable:
    """Started once per serving process."""

    def __init__(self, jobs: Registry[Job]) -> None:
        self._jobs = jobs
        self._stopping = threading.Event()
        self._running: dict[str, threading.Thread] = {}
        self._passed_by: dict[str, datetime] = {}
        self._thread = threading.Thread(target=self._keep_time, name="timetable", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Begin nothing new and wait up to `grace` seconds for what runs; the rest ends with the process."""
        self._stopping.set()
        ends = time.monotonic() + grace
        self._thread.join(grace)
        for thread in list(self._running.values()):
            thread.join(max(0.0, ends - time.monotonic()))

    def _keep_time(self) -> None:
        try:
            while not self._stopping.wait(LOOK_SECONDS):
                self._look()
        finally:
            connections.close_all()

    def _look(self) -> None:
        try:
            with closing_old_connections():
                for turn in jobrows.due(self._jobs, timezone.now()):
                    self._begin(turn)
        except DATABASE_OUTAGE:
            logger.warning("the database did not answer the timetable; the next second tries again")
        except Exception:
            logger.exception("the timetable broke; the next second tries again")

    def _begin(self, turn: Turn) -> None:
        name, now = turn.job.name, timezone.now()
        if self._is_running(name):
            self._pass_by(turn)
        elif not self._stopping.is_set() and jobrows.claim(turn, now):
            self._running[name] = threading.Thread(
                target=jobturns.carry, args=(turn.job, now), name=f"job-{name}", daemon=True
            )
            self._running[name].start()

    def _is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].is_alive()

    def _pass_by(self, turn: Turn) -> None:
        """Say once per turn that it has to wait, or is another process's."""
        if self._passed_by.get(turn.job.name) != turn.due_at:
            with logs.bind(job=turn.job.name):
                logger.warning("a periodic job is due again and still runs here")
            self._passed_by[turn.job.name] = turn.due_at
