"""Another attempt after a failure that may pass: how many there are, and how long each waits."""

import random
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from dispatch import runs
from dispatch.models import Run, RunState
from project import log

LONGEST: Final = 3600.0  # seconds that a handler may ask to wait


def allowed(decision: dict[str, Any]) -> int:
    """How many attempts a run has, failed and crashed ones together."""
    return int(decision.get("attempts") or settings.RUN_ATTEMPTS)


def left(run: Run) -> bool:
    """Whether there is an attempt left after the present one has failed."""
    return run.failures + run.crashes + 1 < allowed(run.decision)


def again(run: Run, after: float, fields: dict[str, Any]) -> bool:
    """Queue a failed attempt's run for the next one: after 1 to 2 s, 2 to 4 s and so on, and not before `after` s."""
    pause = timedelta(seconds=min(max(backoff(run.failures), after * random.uniform(1, 1.1)), LONGEST))  # noqa: S311
    due_at = timezone.now() + pause
    waiting = {**fields, "holder": "", "lease_until": None, "due_at": due_at}
    told = {"reason": "retry", "due_at": log.wire_time(due_at), "attempts": allowed(run.decision)}
    return runs.move(run, RunState.QUEUED, waiting, told)


def backoff(failures: int) -> float:
    """Seconds before the next attempt, drawn so that what failed together does not come back together."""
    return float(2**failures * random.uniform(1, 2))  # noqa: S311
