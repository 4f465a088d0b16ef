"""Runs that wait for an expert, or for a person, longer than anybody should."""

from typing import Final

from django.db import transaction
from django.utils import timezone

from dispatch import conclusion
from dispatch.models import Run, RunState
from project import log

AT_ONCE: Final = 100


def expire() -> int:
    over = Run.objects.filter(state__in=[RunState.WAITING, RunState.INPUT_REQUIRED], due_at__lt=timezone.now())
    return sum(_expire(run) for run in over.select_related("conversation").order_by("due_at")[:AT_ONCE])


@transaction.atomic
def _expire(run: Run) -> bool:
    log.lock(run.conversation.stream)
    now = Run.objects.select_related("conversation__workspace__context_policy", "message__author").get(id=run.id)
    return now.state == run.state and now.due_at == run.due_at and conclusion.expire(now)
