"""Room at experts: how many tasks each takes at a time, in all processes together.

Who works, or waits for its far side, takes a place. Who waits for an answer or for another expert takes none: it might
be its own place that the other one waits for.
"""

from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dispatch import delegation_states
from dispatch.delegation_models import Delegation, Step
from integrations.models import Expert

PARTS: Final = Delegation.objects.filter(parent=OuterRef("id"), state__in=delegation_states.OPEN)
BEGUN: Final = (  # of those that are at work: a place of their expert is taken
    Q(attempt__gt=0, step="") & ~Exists(PARTS) | Q(lease_until__isnull=False) | Q(step__in=[Step.POLL, Step.RESUME])
)
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def look() -> dict[UUID | None, int]:
    """How many more tasks each expert takes that has a limit."""
    limits = Expert.objects.filter(concurrency__isnull=False).values_list("id", "concurrency")
    working = _inside(Q(expert__in=[id for id, _ in limits])).values("expert").annotate(count=Count("id"))
    inside = {row["expert"]: row["count"] for row in working}
    return {id: limit - inside.get(id, 0) for id, limit in limits}


def enter(found: Delegation) -> bool:
    """Whether one that is to start may. In the transaction that claims it; who was let in already goes on."""
    limit = found.expert.concurrency if found.expert else None
    if limit is None or found.step != Step.START:
        return True
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"expert:{found.expert_id}"])
    return _inside(Q(expert=found.expert_id)).exclude(id=found.id).count() < limit


def _inside(of: Q) -> QuerySet[Delegation]:
    return Delegation.objects.filter(of, BEGUN, state__in=delegation_states.AT_WORK)
