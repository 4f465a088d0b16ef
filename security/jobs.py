"""Housekeeping: rows that have done their work are removed."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from project import batches
from project.periodic import periodic
from security import idempotency, purging, verdicts
from security.models import FailedSignIn, IdempotencyRecord, Limit, Ticket

REMEMBERED: Final = timedelta(days=1)  # failed sign-ins, for staff: they name people and addresses
LINGER: Final = timedelta(minutes=1)  # a ticket redeemed in its last moment is read once more afterwards


@periodic(every=timedelta(minutes=5))
def purge_tickets() -> str:
    """A used ticket ends as early as an unused one, so its end alone tells."""
    return f"{batches.remove(Ticket.objects.filter(expires_at__lt=timezone.now() - LINGER))} removed"


@periodic(every=timedelta(hours=1))
def purge_idempotency_records() -> str:
    return (
        f"{batches.remove(IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - idempotency.KEPT))} removed"
    )


@periodic(every=timedelta(hours=1))
def purge_sessions() -> str:
    return f"{purging.purge_sessions(timedelta(days=settings.SESSIONS_KEPT_DAYS))} removed"


@periodic(every=timedelta(hours=1))
def purge_revoked_tokens() -> str:
    return f"{purging.purge_revoked_tokens()} removed"


@periodic(every=timedelta(minutes=5))
def purge_limits() -> str:
    """A window that is over counts nothing, so it does no harm that one begins anew meanwhile."""
    return f"{batches.remove(Limit.objects.filter(ends_at__lt=timezone.now() - LINGER))} removed"


@periodic(every=timedelta(hours=1))
def purge_failed_sign_ins() -> str:
    return f"{batches.remove(FailedSignIn.objects.filter(attempt_time__lt=timezone.now() - REMEMBERED))} removed"


@periodic(every=timedelta(hours=1))
def purge_findings() -> str:
    return f"{verdicts.purge()} removed"
