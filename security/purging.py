"""Rows of sign-in that have done their work: sessions some time after their end, revocations past their token's end."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from project import batches
from security.models import RevokedToken, Session

LINGER: Final = timedelta(minutes=1)  # a token is taken for a few seconds longer than it says: clocks differ


def purge_sessions(kept: timedelta) -> int:
    """Remove those that ended longer ago than `kept`, by whatever. What refers to them goes too.

    Each condition has its index; as one they would have none.
    """
    before = timezone.now() - kept
    ended = Session.objects.filter(ended_at__lt=before)
    idle = Session.objects.filter(ended_at=None, idle_until__lt=before)
    expired = Session.objects.filter(ended_at=None, expires_at__lt=before)
    return sum(map(batches.remove, (ended, idle, expired)))


def purge_revoked_tokens() -> int:
    """Remove the revocations of tokens that nobody would take any more."""
    return batches.remove(RevokedToken.objects.filter(expires_at__lt=timezone.now() - LINGER))
