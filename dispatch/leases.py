"""Leases: who works on a run says so again and again. What is not said again is lost, and somebody else takes it up."""

import logging
import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dispatch import runs
from dispatch.models import Run, RunState
from dispatch.runs import Claim
from project import log

logger = logging.getLogger(__name__)

UNREAD: Final = ("handlers", "findings", "partial", "error")
AT_ONCE: Final = 10  # all processes look; what one reads many of, others have taken up before it comes to them


def renew(holder: str, ids: Collection[UUID]) -> None:
    """Prolong the leases of what `holder` still works on, and is not to stop: a stop comes within a bounded time.

    What another transaction changes is left for the next time: to wait for it while holding others is a deadlock.
    """
    held = Run.objects.filter(holder=holder, id__in=ids, state=RunState.RUNNING, stop="")
    with transaction.atomic():
        free = held.select_for_update(skip_locked=True, no_key=True).order_by("id").values_list("id", flat=True)
        held.filter(id__in=list(free)).update(lease_until=timezone.now() + settings.LEASE)


def lost(now: datetime | None = None) -> list[Run]:
    """The first running runs whose lease is over: their process is dead or stuck, or has not stopped them in time."""
    over = Run.objects.filter(state=RunState.RUNNING, lease_until__lt=now or timezone.now())
    return list(over.select_related("conversation").defer(*UNREAD).order_by("lease_until")[:AT_ONCE])


def put_off(run: Run) -> None:
    """Count a run as lost only after the time of a lease, as long as nobody else has taken it up."""
    mine = Run.objects.filter(id=run.id, state=RunState.RUNNING, attempt=run.attempt, lease_until=run.lease_until)
    mine.update(lease_until=timezone.now() + settings.LEASE)


def release(run: Run, reason: str, crashes: int = 0) -> bool:
    """Put a running run back into the queue; the next claim is a new attempt, later after each crash but the first."""
    pause = timedelta(seconds=max(0, crashes - 1) * random.uniform(1, 2))  # noqa: S311 - spreads restarts
    fields = {"holder": "", "lease_until": None, "due_at": timezone.now() + pause, "crashes": crashes or run.crashes}
    with transaction.atomic():
        log.lock(run.conversation.stream)
        return runs.move(run, RunState.QUEUED, fields, {"reason": reason})


def release_held(holder: str, ids: Collection[UUID], reason: str) -> None:
    held = Run.objects.filter(holder=holder, id__in=ids, state=RunState.RUNNING, stop="")
    for run in held.select_related("conversation", "message"):
        release(run, reason)


def count_late(claim: Claim) -> None:
    """A result came from an attempt that does not hold its run any more."""
    logger.warning("the result of a lost attempt was refused")
    Run.objects.filter(id=claim.run).update(late=F("late") + 1)
