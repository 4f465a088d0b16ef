"""One claimed turn of a periodic job, on a thread of its own."""

import logging
import time
from datetime import datetime

from django.db import connections
from django.utils import timezone

from project import logs
from project.errors import DATABASE_OUTAGE
from project.models import JobResult, PeriodicJob
from project.periodic import Job
from project.pools import closing_old_connections

logger = logging.getLogger(__name__)


def carry(job: Job, started_at: datetime) -> None:
    """Run a turn and let go of this thread's connections."""
    with logs.bind(job=job.name):
        try:
            run(job, started_at)
        except DATABASE_OUTAGE:
            logger.warning("what came of a periodic job could not be kept: the database is away")
        finally:
            connections.close_all()


def run(job: Job, started_at: datetime) -> None:
    """Run a claimed turn and keep what came of it, unless a later turn has begun meanwhile."""
    began = time.monotonic()
    result, text = _outcome(job)
    PeriodicJob.objects.filter(name=job.name, started_at=started_at).update(
        finished_at=timezone.now(),
        result=result,
        text=_storable(text),
        milliseconds=round((time.monotonic() - began) * 1000),
    )


def _outcome(job: Job) -> tuple[str, str]:
    try:
        with closing_old_connections():
            return JobResult.OK, job.work() or ""
    except (Exception, SystemExit) as error:
        logger.exception("a periodic job failed; it runs again at its next time")
        return JobResult.FAILED, f"{type(error).__name__}: {error}"


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor half of a surrogate pair."""
    return text.encode(errors="replace").decode().replace("\0", "")[: PeriodicJob.TEXT_LENGTH]
