"""Runs as work of the queue."""

import logging
from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID

from django.conf import settings

from dispatch import attempts, conclusion, dispatcher, leases, retries, runs
from dispatch.models import Run, RunState
from dispatch.outcomes import Outcome
from dispatch.queue import LocalQueue, Work
from project.errors import DATABASE_OUTAGE

logger = logging.getLogger(__name__)


def recover() -> Iterator[None]:
    """Take up what lost its lease, the longest lost first; yields after each. One that breaks holds up no other."""
    while lost := leases.lost():
        for run in lost:
            try:
                _take_up(run)
            except DATABASE_OUTAGE:
                raise
            except Exception:
                logger.exception("a lost run could not be taken up; it is tried again after the time of a lease")
                leases.put_off(run)
            yield


def _take_up(run: Run) -> None:
    """Queue it again; after the last attempt give it up with a marked reply. End what was to stop."""
    if run.stop:
        conclusion.conclude(run.id, run.attempt, STOPPED)
    elif retries.left(run):
        leases.release(run, "lease_lost", run.crashes + 1)
    else:
        conclusion.conclude(run.id, run.attempt, Outcome(reason="attempts_spent"))


def give_back(holder: str, ids: Collection[UUID], reason: str) -> None:
    """Queue again what `holder` works on, and end what was to stop."""
    leases.release_held(holder, ids, reason)
    stopping = Run.objects.filter(holder=holder, id__in=ids, state=RunState.RUNNING).exclude(stop="")
    for run in stopping:
        conclusion.conclude(run.id, run.attempt, STOPPED)


def fail(holder: str, run_id: UUID) -> None:
    """End a run whose code blocks the loop of `holder`, unless another process has taken it up meanwhile."""
    run = Run.objects.filter(id=run_id, holder=holder, state=RunState.RUNNING).first()
    if run is not None:
        conclusion.conclude(run.id, run.attempt, Outcome(reason="timeout"))


STOPPED: Final = Outcome(reason="stopped")
RUNS: Final = Work(
    due=runs.next_due,
    carry=dispatcher.process,
    renew=leases.renew,
    recover=recover,
    release=give_back,
    fail=fail,
    concerns=attempts.concerns,
    look=attempts.look,
    has_bell=True,
)


def local_queue() -> LocalQueue:
    return LocalQueue(RUNS, settings.RUN_CONCURRENCY)
