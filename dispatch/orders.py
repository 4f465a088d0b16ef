"""What somebody wants of an expert, and whether it can be had: the expert is there, the skill fits, the chain is short.

A chain begins with a run, a request or a person, and each expert that hands a part of its task over makes it longer.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings

from dispatch.delegation_models import Delegation
from integrations import experts
from integrations.contract import Skill
from integrations.experts import ExpertPlanned
from integrations.models import Expert
from project import schemas
from project.errors import Conflict, Unprocessable

DEEPEST: Final = 3
MOST_HOPS: Final = 8
LARGEST: Final = 4  # bytes for each character that a message may have


class SkillUnfit(Unprocessable):
    code = "expert_unfit"
    title = "The expert has no skill for this"


class ChainTooLong(Conflict):
    code = "chain_too_long"
    title = "Too many experts wait for each other"


class ChainCircle(Conflict):
    code = "chain_circle"
    title = "The same expert is asked the same again by who waits for it"


@dataclass(frozen=True)
class Order:
    """A task before it has an expert. `expert` is a slug; "": whoever has the skill. `skill` "": the first that fits.

    `seconds`: what is left for it; None: what the expert takes at most. `parent`: the delegation that waits for it.
    `call`: the digest of a handler's call, as the handler made it.
    """

    expert: str
    input: Any
    skill: str = ""
    artifacts: tuple[dict[str, Any], ...] = ()
    constraints: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    seconds: float | None = None
    parent: Delegation | None = None
    call: str = ""


@dataclass(frozen=True)
class Placed:
    """Who does it, by which skill, and why."""

    expert: Expert
    skill: str
    choice: dict[str, Any] = field(default_factory=dict)

    def digest(self, input: Any) -> str:
        return fingerprint(self.expert.slug, self.skill, input)

    def time(self, order: Order) -> timedelta:
        return timedelta(seconds=min(order.seconds or self.expert.timeout, self.expert.timeout))


def fingerprint(expert: str, skill: str, input: Any) -> str:
    """The same for the same call. What is no JSON is told apart by how it is written."""
    return hashlib.sha256(orjson.dumps([expert, skill, input], default=repr, option=orjson.OPT_SORT_KEYS)).hexdigest()


def place(order: Order, workspace: UUID) -> Placed:
    """Find who can do it now; where that is not the one who is wanted, its fallback.

    :raises ExpertUnknown: or ExpertDisabled, ExpertPlanned, ExpertChanged, naming others. :raises SkillUnfit: naming
    the skills there are. :raises ChainTooLong: :raises ChainCircle: for what would go round.
    """
    expert = experts.find(workspace, order.expert)
    try:
        placed = _at(expert, order, {})
    except (experts.ExpertDisabled, ExpertPlanned, experts.ExpertChanged, SkillUnfit) as error:
        if expert.fallback is None:
            raise
        placed = _at(expert.fallback, order, {"instead_of": expert.slug, "because": error.code})
    if order.parent is not None:
        _check_chain(placed, order.input, order.parent)
    return placed


def _check_chain(placed: Placed, input: Any, parent: Delegation) -> None:
    waiting = _waiting(parent)
    if len(waiting) >= DEEPEST or Delegation.objects.filter(root=parent.root).count() >= MOST_HOPS:
        names = ", ".join(one.slug for one in waiting)
        raise ChainTooLong(f"At most {DEEPEST} wait for each other, and {MOST_HOPS} take part; here: {names}.")
    if placed.digest(input) in {one.digest for one in waiting}:
        raise ChainCircle(f"{placed.expert.name} is asked this already, and waits for {parent.name}.")


def _at(expert: Expert, order: Order, choice: dict[str, Any]) -> Placed:
    experts.check_ready(expert)
    return Placed(expert, fitting(expert, order).name, choice)


def fitting(expert: Expert, order: Order) -> Skill:
    """The skill that is wanted, or the first that takes the input.

    :raises SkillUnfit: naming the skills, and what does not fit.
    """
    offers = [skill for skill in expert.offers if order.skill in ("", skill.name)]
    there = ", ".join(skill.name for skill in expert.offers) or "none"
    if not offers:
        raise SkillUnfit(f"{expert.name} has no skill {order.skill!r}; it has: {there}.")
    faults = [schemas.read(skill.input).violations(order.input, "/input") for skill in offers]
    for skill, found in zip(offers, faults, strict=True):
        if not found:
            return skill
    raise SkillUnfit(f"The input does not fit {expert.name}, whose skills are: {there}.", faults[0])


def largest() -> int:
    """Bytes of an input or an output, as JSON."""
    return LARGEST * int(settings.MESSAGE_LIMIT)


def _waiting(delegation: Delegation) -> list[Delegation]:
    """Itself and those that wait for it, the nearest first."""
    found = [delegation]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found
