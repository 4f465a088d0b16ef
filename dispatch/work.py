"""Runs as work of the queue."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.conf import settings

from dispatch import attempts, conclusion, dispatcher, leases, retries, runs
from dispatch.conclusion import Outcome
from dispatch.models import Run, RunState
from dispatch.queue import LocalQueue, Work


def recover() -> None:
    """Queue again what lost its lease; after the last attempt give it up with a marked reply. End what was to stop."""
    for run in leases.lost():
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


def fail(run_id: UUID) -> None:
    run = Run.objects.filter(id=run_id, state=RunState.RUNNING).first()
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
)


def local_queue() -> LocalQueue:
    return LocalQueue(RUNS, settings.RUN_CONCURRENCY)
