"""Retention with regard to runs and delegations: what is not answered yet is not too old."""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.utils import timezone

from contexts import retention
from dispatch import delegation_erasure, delegation_states, states
from dispatch.delegation_models import Delegation
from dispatch.models import Run


def retire() -> Iterator[int]:
    """How many messages, and tasks that no message asked for, are gone, batch by batch."""
    for workspace, age in retention.kept().items():
        yield from delegation_erasure.retire(workspace, timezone.now() - age)
    yield from retention.sweep(_unfinished)


def _unfinished(conversation: UUID) -> Collection[UUID]:
    open = Run.objects.filter(conversation=conversation, state__in=list(states.TRANSITIONS))
    asked = Delegation.objects.filter(conversation=conversation, state__in=delegation_states.OPEN)
    return {*open.values_list("message", flat=True), *asked.values_list("message", flat=True)} - {None}
