"""What a person has set, and what filters quoted of what they said."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from project import erasure
from security import findings
from security.models import IdempotencyRecord, Session, User
from security.screening_models import KeptFinding

IDS: Final = frozenset({"id", "message", "run"})  # of an answer: what they name is in other rows, where it may be gone


@erasure.of("settings and quotes")
@transaction.atomic
def erase(subject: UUID) -> int:
    """Preferences, of the account and of each device; quotes in findings, also of what was blocked; answers kept for
    retries. That a request was made stays, so that a late retry does not make it again: it gets the ids of what
    was made.
    """
    count = User.objects.filter(id=subject).exclude(preferences={}).update(preferences={})
    count += Session.objects.filter(user=subject).exclude(preferences={}).update(preferences={})
    count += findings.silence(KeptFinding.objects.filter(author=subject))
    return count + _silence(IdempotencyRecord.objects.filter(user=subject))


def _silence(records: "QuerySet[IdempotencyRecord]") -> int:
    quoting = [one for one in records if one.answer and one.answer.keys() - IDS]
    for record in quoting:
        answer = record.answer or {}
        record.answer = {name: answer[name] for name in IDS & answer.keys()}
    IdempotencyRecord.objects.bulk_update(quoting, ["answer"], batch_size=20)
    return len(quoting)
