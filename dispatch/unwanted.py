"""Far sides that may still work on what has ended here: they are told that nobody waits any more."""

from typing import Any

from django.utils import timezone

from dispatch.delegation_models import Delegation, Step


def telling(delegation: Delegation) -> dict[str, Any]:
    """The fields by which an expert is told; none where it was never asked."""
    begun = delegation.attempt > 0
    return {"step": Step.CANCEL, "due_at": timezone.now(), "failures": 0, "crashes": 0} if begun else {}


def left(delegation: Delegation) -> dict[str, Any]:
    """The same of one that is given up, where its expert is late, or goes on without us."""
    return telling(delegation) if delegation.deadline <= timezone.now() or _goes_on(delegation) else {}


def _goes_on(delegation: Delegation) -> bool:
    """Who says the end itself, by a callback or at a desk, knows."""
    knows = delegation.callback or delegation.speaker
    return not knows and bool(delegation.remote or delegation.step in ("", Step.POLL))
