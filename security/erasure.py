"""What a person has set, and what filters quoted of what they said."""

from uuid import UUID

from django.db import transaction

from project import erasure
from security import findings
from security.models import IdempotencyRecord, Session, User
from security.screening_models import KeptFinding


@erasure.of("settings and quotes")
@transaction.atomic
def erase(subject: UUID) -> int:
    """Preferences, of the account and of each device; quotes in findings, also of what was blocked; answers kept for
    retries.
    """
    count = User.objects.filter(id=subject).exclude(preferences={}).update(preferences={})
    count += Session.objects.filter(user=subject).exclude(preferences={}).update(preferences={})
    count += findings.silence(KeptFinding.objects.filter(author=subject))
    return count + IdempotencyRecord.objects.filter(user=subject).delete()[0]
