"""Rows of sign-in that have done their work: sessions some time after their end, revocations past their token's end."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from project import batches
from security.models import ApiKey, RevokedToken, Session, SessionQuerySet, Ticket

LINGER: Final = timedelta(minutes=1)  # a token is taken for a few seconds longer than it says: clocks differ
DEPENDENTS: Final = (Ticket, ApiKey)  # rows that go with their session


def purge_sessions(kept: timedelta) -> int:
    """Remove those that ended longer ago than `kept`, by whatever. What refers to them goes too.

    Each condition has its index; as one they would have none.
    """
    before = timezone.now() - kept
    ended = Session.objects.filter(ended_at__lt=before)
    idle = Session.objects.filter(ended_at=None, idle_until__lt=before)
    expired = Session.objects.filter(ended_at=None, expires_at__lt=before)
    return sum(map(_remove, (ended, idle, expired)))


def purge_revoked_tokens() -> int:
    """Remove the revocations of tokens that nobody would take any more."""
    return batches.remove(RevokedToken.objects.filter(expires_at__lt=timezone.now() - LINGER))


def _remove(over: SessionQuerySet) -> int:
    """Without reading the rows: Django's own delete would make an object of each, to see what goes with it."""
    for dependent in DEPENDENTS:  # few, and no more of them: nobody uses these sessions again
        batches.remove(dependent.objects.filter(session__in=over))
    removed = 0
    while gone := Session.objects.filter(pk__in=over.values("pk")[: batches.BATCH])._raw_delete(over.db):
        removed += gone
    return removed
