"""Delegations as work of the queue."""

import logging
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dispatch import consulting, delegation_ends, delegation_states, delegations, retries
from dispatch.delegation_models import Delegation
from dispatch.queue import LocalQueue, Work
from project import log
from project.errors import DATABASE_OUTAGE

logger = logging.getLogger(__name__)

CRASHES: Final = 3
PUT_OFF: Final = timedelta(minutes=1)


def recover() -> Iterator[None]:
    """Take up what lost its lease, end what is out of time; yields after each. One that breaks holds up no other."""
    for look in (delegations.lost, delegations.overdue):
        while found := look():
            for delegation in found:
                try:
                    _take_up(delegation.id)
                except DATABASE_OUTAGE:
                    raise
                except Exception:
                    logger.exception("a delegation could not be taken up; it is tried again later")
                    delegations.put_off(delegation, timezone.now() + PUT_OFF)
                yield


@transaction.atomic
def _take_up(id: UUID) -> None:
    first = Delegation.objects.select_related("conversation").get(id=id)
    log.lock(first.conversation.stream)
    now = timezone.now()
    found = Delegation.objects.select_related("conversation__workspace__context_policy", "expert__fallback").get(id=id)
    if found.state in delegation_states.OPEN and found.deadline < now:
        delegation_ends.fail(found, "timeout", "It did not come to an end in time.")
    elif found.lease_until and found.lease_until < now:
        _again(found)


def _again(found: Delegation) -> None:
    """The same step, later after each crash; after the last one it is given up."""
    crashes = found.crashes + 1
    if crashes < CRASHES:
        pause = timedelta(seconds=retries.backoff(crashes - 1) if crashes > 1 else 0)
        delegations.release(found, timezone.now() + pause, crashes=crashes)
    elif found.state in delegation_states.OPEN:
        because = "attempts_spent"
        if not delegation_ends.fall_back(found, because):
            delegation_ends.fail(found, because, "Who worked on it died several times.")
    else:
        Delegation.objects.filter(id=found.id).update(holder="", lease_until=None, due_at=None, step="")


def give_back(holder: str, ids: Collection[UUID], reason: str) -> None:
    """Let others do what `holder` works on."""
    for delegation in Delegation.objects.filter(holder=holder, id__in=ids, lease_until__isnull=False):
        delegations.release(delegation, timezone.now())


def fail(holder: str, id: UUID) -> None:
    """End one whose code blocks the loop of `holder`."""
    first = Delegation.objects.select_related("conversation").filter(id=id, holder=holder).first()
    if first is None:
        return
    with transaction.atomic():
        log.lock(first.conversation.stream)
        found = delegation_ends.found(id)
        if found and found.holder == holder:
            delegation_ends.fail(found, "timeout", "It held up everybody else.")


DELEGATIONS: Final = Work(
    due=delegations.next_due,
    carry=consulting.process,
    renew=delegations.renew,
    recover=recover,
    release=give_back,
    fail=fail,
    concerns=consulting.concerns,
    look=consulting.look,
)


def local_queue() -> LocalQueue:
    return LocalQueue(DELEGATIONS, settings.DELEGATION_CONCURRENCY, "expert")
