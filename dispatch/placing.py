"""Placing an order: the expert that is named, or its fallback, or whoever has the skill; and the chain is short enough.

A chain begins with a run, a request or a person, and each expert that hands a part of its task over makes it longer.
"""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from dispatch import choosing, orders
from dispatch.delegation_models import Delegation
from dispatch.orders import Order, Placed, SkillUnfit
from integrations import experts
from integrations.experts import ExpertChanged, ExpertDisabled, ExpertPlanned
from integrations.models import Expert, Health
from project.errors import Conflict

DEEPEST: Final = 3
MOST_HOPS: Final = 8
UNABLE: Final = (ExpertDisabled, ExpertPlanned, ExpertChanged, SkillUnfit)


class ChainTooLong(Conflict):
    code = "chain_too_long"
    title = "Too many experts wait for each other"


class ChainCircle(Conflict):
    code = "chain_circle"
    title = "The same expert is asked the same again by who waits for it"


def place(order: Order, workspace: UUID) -> Placed:
    """Find who can do it now, and say why it is that one.

    :raises ExpertUnknown: or ExpertDisabled, ExpertPlanned, ExpertChanged, naming others. :raises SkillUnknown: naming
    the skills there are. :raises SkillUnfit: with pointers to what does not fit. :raises ChainTooLong:
    :raises ChainCircle: for what would go round.
    """
    placed = _named(order, workspace) if order.expert else choosing.choose(order, workspace)
    if order.parent is not None:
        _check_hops(order.parent)
        check_circle(placed, order.input, order.parent)
    return placed


def _named(order: Order, workspace: UUID) -> Placed:
    """The one that is named; its fallback where it cannot, or is away while the other is not."""
    expert = experts.find(workspace, order.expert)
    try:
        placed = _at(expert, order, {"by": "name"})
    except UNABLE as error:
        instead = _instead(expert, order, error.code)
        if instead is None:
            raise
        return instead
    away = expert.health == Health.FAILING and expert.fallback is not None
    return (_instead(expert, order, "expert_offline") or placed) if away else placed


def _instead(expert: Expert, order: Order, because: str) -> Placed | None:
    """Its fallback, if it can; a fallback of a fallback is not asked. Of other skills it does what fits."""
    other = expert.fallback
    if other is None or (other.health == Health.FAILING and because == "expert_offline"):
        return None
    skill = order.skill if order.skill in {skill.name for skill in other.offers} else ""
    choice = {"by": "fallback", "instead_of": expert.slug, "because": because}
    try:
        return _at(other, replace(order, skill=skill), choice)
    except UNABLE:
        return None


def _at(expert: Expert, order: Order, choice: dict[str, Any]) -> Placed:
    experts.check_ready(expert)
    return Placed(expert, orders.fitting(expert, order).name, choice)


def check_circle(placed: Placed, input: Any, parent: Delegation) -> None:
    """:raises ChainCircle: when who waits was asked just that."""
    if placed.digest(input) in {one.digest for one in orders.waiting(parent)}:
        raise ChainCircle(f"{placed.expert.name} is asked this already, and waits for {parent.name}.")


def _check_hops(parent: Delegation) -> None:
    waiting = orders.waiting(parent)
    if len(waiting) >= DEEPEST or Delegation.objects.filter(root=parent.root).count() >= MOST_HOPS:
        names = ", ".join(one.slug for one in waiting)
        raise ChainTooLong(f"At most {DEEPEST} wait for each other, and {MOST_HOPS} take part; here: {names}.")
