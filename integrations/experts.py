"""Experts as their rows say: which a workspace has, whether one may be asked, and the way to it.

Nothing is cached: disabling or changing one acts with the next look, on every process.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations import adapters, python_experts, vault
from integrations.contract import Adapter, Given
from integrations.models import Expert, Health
from project.errors import Conflict, NotFound

WEIGHT: Final = 0.1  # of the newest task in the failure rate: a tenth is left of the twenty-second before it


class ExpertUnknown(NotFound):
    code = "expert_unknown"
    title = "There is no such expert here"


class ExpertDisabled(Conflict):
    code = "expert_disabled"
    title = "The expert is switched off"


class ExpertPlanned(Conflict):
    code = "expert_planned"
    title = "The expert is announced and not there yet"


class ExpertChanged(Conflict):
    code = "expert_changed"
    title = "The expert describes itself otherwise than was agreed to; who manages it has to look"


def of(workspace: UUID) -> QuerySet[Expert]:
    """All that a workspace has, in the order of their slugs: its own, and the installation's that those do not hide."""
    own = Expert.objects.filter(workspace=workspace)
    theirs = Expert.objects.filter(workspace=None).exclude(slug__in=own.values("slug"))
    return Expert.objects.filter(Q(id__in=own.values("id")) | Q(id__in=theirs.values("id"))).order_by("slug")


def find(workspace: UUID, slug: str) -> Expert:
    """:raises ExpertUnknown: naming those there are."""
    here = of(workspace).select_related("fallback")
    expert = here.filter(slug=slug).first() if isinstance(slug, str) else None
    if expert is None:
        raise ExpertUnknown(f"No expert is called {slug!r} here; there are: {named(here)}.")
    return expert


def check_ready(expert: Expert) -> None:
    """Whether it may be asked now.

    :raises ExpertDisabled: :raises ExpertPlanned: :raises ExpertChanged: naming others of its workspace.
    """
    if not expert.enabled:
        raise ExpertDisabled(f"{expert.name} is switched off. Others here: {_others(expert)}.")
    if stands_in(expert):
        raise ExpertPlanned(f"{expert.name} is planned and not there yet. Others here: {_others(expert)}.")
    if expert.health == Health.CHANGED:
        raise ExpertChanged(f"{expert.name} has changed. Others here: {_others(expert)}.")


def stands_in(expert: Expert) -> bool:
    kind = adapters.REGISTRY.get(expert.adapter)
    return kind is None or kind.stands_in


def ships(expert: Expert) -> bool:
    """Whether its row is made anew when it is missing."""
    found = python_experts.REGISTRY.get(expert.slug)
    return found is not None and found.shipped


def way_to(expert: Expert) -> Adapter:
    """The adapter of an expert, made anew.

    :raises Unopenable: when its secret was sealed with a key that is gone. :raises LookupError: for no such adapter.
    """
    kind = adapters.REGISTRY.get(expert.adapter)
    if kind is None:
        raise LookupError(f"no adapter is named {expert.adapter!r}; there are: {', '.join(sorted(adapters.REGISTRY))}")
    return kind.make(given(expert))


def given(expert: Expert) -> Given:
    """What its adapter is made of.

    :raises Unopenable: as `way_to()`.
    """
    secrets = tuple(secrets_of(expert))
    told = (expert.slug, expert.name, expert.description, expert.offers, dict(expert.settings), secrets)
    return Given(*told, ours=expert.workspace_id is None)


def secrets_of(expert: Expert) -> list[str]:
    """Opened, the present one first; the one before it as long as that is taken.

    :raises Unopenable: when one was sealed with a key that is gone.
    """
    before = expert.secret_until and expert.secret_until > timezone.now()
    return [vault.unseal(sealed) for sealed in (expert.secret, expert.secret_before if before else "") if sealed]


def used(id: UUID, failed: bool) -> None:
    """Count one task that has ended."""
    rate = F("failure_rate") * (1 - WEIGHT) + (WEIGHT if failed else 0.0)
    Expert.objects.filter(id=id).update(
        uses=F("uses") + 1, failure_rate=Greatest(rate, Value(0.0)), last_used_at=timezone.now()
    )


def named(experts: Iterable[Expert]) -> str:
    return ", ".join(expert.slug for expert in experts if expert.enabled) or "none"


def _others(expert: Expert) -> str:
    ready = Expert.objects.filter(enabled=True).exclude(adapter="planned").exclude(id=expert.id)
    return named(ready.filter(Q(workspace=expert.workspace_id) | Q(workspace=None)).order_by("slug"))
