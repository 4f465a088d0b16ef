"""Calls: what handlers did, a row for each that was asked, written with the end of the attempt and counted over a day.

Medians are no part of it: the databases differ in what they offer, and none has them without sorting the whole day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Avg, Count, Max, Q, QuerySet
from django.utils import timezone

from dispatch.models import Call, Run
from project import ids
from security.models import Workspace

WINDOW: Final = timedelta(hours=24)
KEPT: Final = timedelta(days=30)
FINE: Final = ("replied", "passed")
STOPPED: Final = ("stopped", "waiting")  # neither fine nor the handler's failure
ABANDONED: Final = "abandoned"


@dataclass(frozen=True)
class Counts:
    """Of one handler. `error_rate`: from 0 to 1, None without calls. Times in milliseconds, None without calls.

    `abandoned`: calls that went on, in vain, when nobody waited for them any more; they are among the failed.
    """

    calls: int = 0
    failed: int = 0
    abandoned: int = 0
    average_ms: int | None = None
    slowest_ms: int | None = None
    last_called: datetime | None = None

    @property
    def error_rate(self) -> float | None:
        return round(self.failed / self.calls, 4) if self.calls else None


def write(run: Run, records: Sequence[dict[str, Any]]) -> None:
    """Keep what an attempt's handlers did, in the transaction that ends it. `records`: as in `Run.handlers`."""
    Call.objects.bulk_create(
        Call(
            run=run,
            workspace=run.conversation.workspace_id,
            attempt=run.attempt,
            handler=record["name"],
            result=str(record["result"])[:20],
            milliseconds=record["ms"],
        )
        for record in records
    )


def count(names: Collection[str], workspaces: "QuerySet[Workspace] | None" = None) -> dict[str, Counts]:
    """Of the last 24 hours, in one query; also for names without calls. `workspaces`: whose runs count; None: all."""
    lately = Call.objects.filter(handler__in=names, at__gt=timezone.now() - WINDOW)
    if workspaces is not None:
        lately = lately.filter(workspace__in=workspaces)
    found = lately.values("handler").annotate(
        calls=Count("pk"),
        failed=Count("pk", filter=~Q(result__in=[*FINE, *STOPPED])),
        abandoned=Count("pk", filter=Q(result=ABANDONED)),
        average_ms=Avg("milliseconds"),
        slowest_ms=Max("milliseconds"),
        last_called=Max("at"),
    )
    counted = {row["handler"]: _counts(**row) for row in found}
    return {name: counted.get(name, Counts()) for name in names}


def old() -> "QuerySet[Call]":
    """Rows that have been kept for long enough: those below an id, which begins with its time."""
    return Call.objects.filter(pk__lt=ids.first_at(timezone.now() - KEPT))


def _counts(handler: str, average_ms: float, **fields: Any) -> Counts:
    return Counts(average_ms=round(average_ms), **fields)
