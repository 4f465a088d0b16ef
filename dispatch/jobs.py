"""Housekeeping of what handlers did."""

from datetime import timedelta

from dispatch import calls
from project import batches
from project.periodic import periodic


@periodic(every=timedelta(hours=1))
def purge_calls() -> str:
    return f"{batches.remove(calls.old())} removed"
