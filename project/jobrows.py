"""The rows of periodic jobs, one each: when a job is due, and who takes the turn.

A turn is claimed by one UPDATE that finds the due time it has read and moves it on, past now: however many turns were
missed, one is made up. A turn whose process dies is not repeated; the job runs again at its next time.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from project import periodic
from project.models import PeriodicJob
from project.periodic import Job
from project.registry import Registry


@dataclass(frozen=True)
class Turn:
    job: Job
    due_at: datetime


def due(jobs: Registry[Job], now: datetime) -> list[Turn]:
    """Turns whose time has come. A job seen for the first time gets its row, due at once; the next look finds it."""
    known = dict(PeriodicJob.objects.filter(name__in=list(jobs)).values_list("name", "due_at"))
    fresh = [PeriodicJob(name=name, due_at=now) for name in jobs if name not in known]
    if fresh:
        PeriodicJob.objects.bulk_create(fresh, ignore_conflicts=True)
    return [Turn(job, known[job.name]) for job in jobs.values() if job.name in known and known[job.name] <= now]


def claim(turn: Turn, now: datetime) -> bool:
    """Take a turn. False when another thread or process has it."""
    unclaimed = PeriodicJob.objects.filter(name=turn.job.name, due_at=turn.due_at)
    return bool(unclaimed.update(due_at=_next(turn, now), started_at=now, runs=F("runs") + 1))


def run_now(names: list[str]) -> int:
    """Make registered jobs due at once; their later turns are counted from now. Returns how many."""
    registered = [name for name in names if periodic.REGISTRY.get(name)]
    return PeriodicJob.objects.filter(name__in=registered).update(due_at=timezone.now())


def _next(turn: Turn, now: datetime) -> datetime:
    """The first due time after now, in step with the ones before."""
    passed = (now - turn.due_at) // turn.job.every
    return turn.due_at + turn.job.every * (passed + 1)
