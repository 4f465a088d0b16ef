"""Housekeeping of what is known."""

from datetime import timedelta

from contexts import expiring, folding
from project.periodic import periodic


@periodic(every=timedelta(seconds=10))
def renew_summaries() -> str:
    """Parts whose messages were changed or deleted; until then they say nothing."""
    return f"{folding.renew()} renewed"


@periodic(every=timedelta(minutes=1))
def fold_summaries() -> str:
    """Conversations in which something was said lately: where the step after an answer did not do it, or not all."""
    return f"{folding.fold_lately()} made"


@periodic(every=timedelta(minutes=5))
def expire_context_items() -> str:
    return f"{expiring.expire()} expired"
