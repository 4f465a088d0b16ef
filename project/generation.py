"""The generation of the cache: one number in the database, part of every key, so that old keys are never asked for."""

from django.db import transaction

from project.models import CacheGeneration


def current() -> int:
    return CacheGeneration.objects.values_list("number", flat=True).filter(id=1).first() or 0


def settled(server: str) -> int:
    """The generation in use, if it is of this very server; else a new one."""
    row = CacheGeneration.objects.filter(server=server).first()
    return row.number if row else draw(server)


def draw(server: str) -> int:
    with transaction.atomic():
        row, _ = CacheGeneration.objects.select_for_update().get_or_create(id=1)
        row.number += 1
        row.server = server
        row.save(update_fields=["number", "server"])
    return row.number
