"""The experts that come with the installation have their rows from the first migration on: staff switch them off."""

from typing import Any

from integrations import python_experts
from integrations.models import Expert, Health


def ship(using: str = "default", **_: Any) -> None:
    """Add the rows that are missing. What staff have changed of one stays."""
    there = set(Expert.objects.using(using).filter(workspace=None).values_list("slug", flat=True))
    shipped = [one for one in python_experts.REGISTRY.values() if one.shipped and one.slug not in there]
    Expert.objects.using(using).bulk_create([_row(one) for one in shipped], ignore_conflicts=True)


def _row(one: python_experts.PythonExpert) -> Expert:
    definition = one.definition
    return Expert(
        slug=one.slug,
        name=definition.name,
        description=definition.description,
        skills=[skill.as_json() for skill in definition.skills],
        adapter="python",
        settings={"expert": one.slug},
        timeout=one.timeout,
        pinned=definition.digest,
        health=Health.HEALTHY,
    )
