"""What is blocked: counted among what its sender sent, kept as findings for staff, and refused."""

from typing import NoReturn
from uuid import UUID

from django.conf import settings
from django.db import transaction

from security import findings, limits
from security.findings import Found
from security.material import Material
from security.screening import MessageBlocked, Verdict


def refuse(verdict: Verdict, material: Material, found: Found, sender: UUID | None = None) -> NoReturn:
    """`sender`: whose limit it counts against; without it a flood of what is blocked would be free.

    :raises MessageBlocked: with what the sender may know. :raises RateLimited: instead, and nothing is kept.
    """
    with transaction.atomic():
        if sender is not None:
            limits.spend("messages", sender, *settings.LIMITS["messages"])
        findings.keep(verdict, material, found)
    raise MessageBlocked(verdict.public)
