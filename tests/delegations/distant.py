"""Rows of experts whose far side is `tests/experts_app/far_side.py`, and the time that passes for their delegations."""

from typing import Any

from django.utils import timezone

from dispatch.delegation_models import Delegation
from integrations import vault
from integrations.models import Expert
from tests.experts_app.far_side import DEFINITION, SECRET, SKILLS, FarSide


def row(far: FarSide, **fields: Any) -> Expert:
    usual = {"slug": "far", "name": DEFINITION["name"], "skills": SKILLS, "adapter": "http"}
    return Expert.objects.create(settings={"url": far.url}, secret=vault.seal(SECRET), **{**usual, **fields})


def due() -> None:
    """What is put off is due now."""
    Delegation.objects.exclude(step="").update(due_at=timezone.now())
