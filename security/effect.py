"""How long a revocation takes to have effect in this process (G6), measured where it has it.

When a session ended is a time of the database's clock, and so is "now" in the same answer: how long ago that was is
right however wrong the clocks of the hosts are. From there on this process counts by its own monotonic clock, from
before it asked; so what is measured is never less than what passed.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from project import metrics
from security.models import Session


@dataclass(frozen=True)
class Endings:
    """How many seconds before `asked_at`, of the monotonic clock, sessions had ended."""

    asked_at: float = 0.0
    ages: Mapping[str, float] = field(default_factory=dict)

    def note(self, session: str, where: str, at: float) -> None:
        """This process acted on the end of a session at that time; on what ended otherwise there is nothing to note."""
        if session in self.ages:
            metrics.revocation.labels(where).observe(max(0.0, self.ages[session] + at - self.asked_at))


def endings(ids: Iterable[str]) -> Endings:
    """Of the sessions among these ids that were ended."""
    asked_at, known = time.monotonic(), list(_readable(ids))
    if not known:
        return Endings()
    ended = Session.objects.filter(id__in=known).exclude(ended_at=None).annotate(now=Now())
    rows: Iterable[Any] = ended.values_list("id", "ended_at", "now")
    ages = {str(id): (now - at).total_seconds() for id, at, now in rows}
    return Endings(asked_at, ages)


def _readable(ids: Iterable[str]) -> Iterator[UUID]:
    """Rings come through Redis, which may hold anything."""
    for id in ids:
        with suppress(ValueError):
            yield UUID(str(id))
