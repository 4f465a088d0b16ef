"""Housekeeping: rows that have done their work are removed, a batch at a time, so that nobody waits long for a lock."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from project.periodic import periodic
from security import idempotency
from security.models import IdempotencyRecord, Ticket

BATCH: Final = 500
LINGER: Final = timedelta(minutes=1)  # a ticket redeemed in its last moment is read once more afterwards


@periodic(every=timedelta(minutes=5))
def purge_tickets() -> str:
    """A used ticket ends as early as an unused one, so its end alone tells."""
    return _purge(Ticket.objects.filter(expires_at__lt=timezone.now() - LINGER))


@periodic(every=timedelta(hours=1))
def purge_idempotency_records() -> str:
    return _purge(IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - idempotency.KEPT))


def _purge(rows: "QuerySet[Any]") -> str:
    removed = 0
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        removed += rows.filter(pk__in=batch).delete()[0]
    return f"{removed} removed"
