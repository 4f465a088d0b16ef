"""Many rows are removed a batch at a time, so that nobody waits long for a lock."""

from typing import Any, Final

from django.db.models import QuerySet

BATCH: Final = 500


def remove(rows: "QuerySet[Any]") -> int:
    """How many rows are gone."""
    removed = 0
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        removed += rows.filter(pk__in=batch).delete()[0]
    return removed
