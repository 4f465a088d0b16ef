"""Runs as work of the queue."""

from typing import Final
from uuid import UUID

from django.conf import settings

from dispatch import conclusion, dispatcher, runs
from dispatch.conclusion import Outcome
from dispatch.models import Run, RunState
from dispatch.queue import LocalQueue, Work


def recover() -> None:
    """Queue again what lost its lease; after the last attempt give it up with a marked reply."""
    for run in runs.lost():
        crashes = run.crashes + 1
        if crashes >= settings.RUN_ATTEMPTS:
            conclusion.conclude(run.id, run.attempt, Outcome(reason="attempts_spent"))
        else:
            runs.release(run, "lease_lost", crashes)


def fail(run_id: UUID) -> None:
    run = Run.objects.filter(id=run_id, state=RunState.RUNNING).first()
    if run is not None:
        conclusion.conclude(run.id, run.attempt, Outcome(reason="timeout"))


RUNS: Final = Work(
    due=runs.next_due,
    carry=dispatcher.process,
    renew=runs.renew,
    recover=recover,
    release=runs.release_held,
    fail=fail,
)


def local_queue() -> LocalQueue:
    return LocalQueue(RUNS, settings.RUN_CONCURRENCY)
