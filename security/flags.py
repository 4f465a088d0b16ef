"""Anomalies that staff should look at. One that somebody has looked into is resolved, once, by name."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from project import log
from security.models import Flag, User


def raise_on_session(session: UUID, user: User, detector: str, score: float, evidence: dict[str, Any]) -> Flag:
    """Write it down and tell staff. `evidence` holds no secret: staff of every role read it."""
    with transaction.atomic():
        flag = Flag.objects.create(
            detector=detector, subject="session", subject_id=session, user=user, score=score, evidence=evidence
        )
        log.open_staff()
        log.append(log.STAFF, "flag.raised", {**_told(flag), "user": str(user.id), "score": score})
    return flag


def resolve(flags: "QuerySet[Flag]", staff: User) -> int:
    """Resolve those that are open. Returns how many were."""
    with transaction.atomic():
        log.open_staff()
        log.lock(log.STAFF)
        chosen = list(Flag.objects.filter(resolved_at=None, id__in=flags.order_by().values("id")).order_by("id"))
        Flag.objects.filter(id__in=[flag.id for flag in chosen]).update(resolved_at=timezone.now(), resolved_by=staff)
        for flag in chosen:
            log.append(log.STAFF, "flag.resolved", _told(flag), log.About(actor={"kind": "staff", "id": str(staff.id)}))
    return len(chosen)


def _told(flag: Flag) -> dict[str, str]:
    return {
        "flag": str(flag.id),
        "detector": flag.detector,
        "subject": flag.subject,
        "subject_id": str(flag.subject_id),
    }
