"""Housekeeping of what handlers did, and of what nobody looked at."""

from datetime import timedelta
from itertools import islice
from typing import Final

from dispatch import calls, expiring_runs, retiring, review
from project import batches
from project.periodic import periodic

BATCHES: Final = 200  # in a turn; what is left is the next one's


@periodic(every=timedelta(hours=1))
def purge_calls() -> str:
    return f"{batches.remove(calls.old())} removed"


@periodic(every=timedelta(minutes=1))
def expire_waiting_runs() -> str:
    return f"{expiring_runs.expire()} expired"


@periodic(every=timedelta(minutes=10))
def expire_reviews() -> str:
    return f"{review.expire()} expired"


@periodic(every=timedelta(minutes=15))
def retire_messages() -> str:
    return f"{sum(islice(retiring.retire(), BATCHES))} removed"
