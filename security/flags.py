"""Anomalies that staff should look at."""

from typing import Any
from uuid import UUID

from django.db import transaction

from project import log
from security.models import Flag, User


def raise_on_session(session: UUID, user: User, detector: str, score: float, evidence: dict[str, Any]) -> Flag:
    """Write it down and tell staff. `evidence` holds no secret: staff of every role read it."""
    with transaction.atomic():
        flag = Flag.objects.create(
            detector=detector, subject="session", subject_id=session, user=user, score=score, evidence=evidence
        )
        told = {
            "flag": str(flag.id),
            "detector": detector,
            "subject": flag.subject,
            "subject_id": str(session),
            "user": str(user.id),
            "score": score,
        }
        log.open_staff()
        log.append(log.STAFF, "flag.raised", told)
    return flag
