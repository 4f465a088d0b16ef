"""A job that can be counted from outside (EXTRA_APPS=tests.clock_app): each turn adds a line to the file JOB_FILE."""

import os
from datetime import timedelta
from pathlib import Path

from project.models import PeriodicJob
from project.periodic import periodic


@periodic(every=timedelta(seconds=2))
def tick() -> str:
    """The next due time names the turn: two turns never have the same."""
    next_due = PeriodicJob.objects.get(name="tick").due_at
    with Path(os.environ["JOB_FILE"]).open("a") as file:
        file.write(f"{os.getpid()} {next_due.isoformat()}\n")
    return f"process {os.getpid()}"
