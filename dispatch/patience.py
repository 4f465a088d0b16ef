"""How long is waited for experts: while one of them asks people, the time of all who wait for it stands still."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from dispatch import delegation_states, orders
from dispatch.delegation_models import Delegation
from dispatch.models import Run, RunState

MARGIN: Final = timedelta(minutes=1)  # a run ends after what it waits for, and says what came of that


def begin(asking: Delegation) -> datetime:
    """Until when people may answer. Under the lock, before its own deadline is changed."""
    _shift(asking, settings.PARKED)
    first = orders.waiting(asking)[-1]
    due_at = first.deadline + settings.PARKED + MARGIN
    if first.run_id:
        Run.objects.filter(id=first.run_id, state=RunState.WAITING, due_at__lt=due_at).update(due_at=due_at)
    return timezone.now() + settings.PARKED


def end(asking: Delegation) -> None:
    """Somebody has answered, or it was stopped: those who wait have as long as they had. Under the lock."""
    _shift(asking, -max(timedelta(0), asking.deadline - timezone.now()))


def of_run(awaited: QuerySet[Delegation]) -> datetime:
    """Until when a run waits."""
    latest = awaited.aggregate(latest=Max("deadline"))["latest"]
    parked: datetime = timezone.now() + settings.PARKED
    return max(parked, latest + MARGIN) if latest else parked


def _shift(asking: Delegation, by: timedelta) -> None:
    waiting = [one.id for one in orders.waiting(asking)[1:]]
    if waiting:
        Delegation.objects.filter(id__in=waiting, state__in=delegation_states.OPEN).update(deadline=F("deadline") + by)
