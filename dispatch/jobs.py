"""Housekeeping of what handlers did, and of what nobody looked at."""

from datetime import timedelta

from dispatch import calls, review
from project import batches
from project.periodic import periodic


@periodic(every=timedelta(hours=1))
def purge_calls() -> str:
    return f"{batches.remove(calls.old())} removed"


@periodic(every=timedelta(minutes=10))
def expire_reviews() -> str:
    return f"{review.expire()} expired"
