"""What somebody wants of an expert, and whether one can do it: it has the skill, and the input fits."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import orjson
from django.conf import settings

from dispatch.delegation_models import Delegation
from integrations.contract import Skill
from integrations.models import Expert
from project import schemas
from project.errors import Unprocessable

LARGEST: Final = 4  # bytes for each character that a message may have


class SkillUnfit(Unprocessable):
    code = "expert_unfit"
    title = "The expert has no skill for this"


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

    @property
    def tags(self) -> frozenset[str]:
        """What the skill has to be marked with."""
        tags = self.constraints.get("tags", [])
        return frozenset(str(tag) for tag in tags) if isinstance(tags, list) else frozenset()


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


def fitting(expert: Expert, order: Order) -> Skill:
    """The skill that is wanted, or the first that takes the input. What it is to be good for (`tags`) it has to name.

    :raises SkillUnfit: naming the skills, and what does not fit.
    """
    offers = [skill for skill in expert.offers if order.skill in ("", skill.name) and order.tags <= set(skill.tags)]
    there = ", ".join(skill.name for skill in expert.offers) or "none"
    if not offers:
        wanted = f"{order.skill or 'any'!r}" + (f" with {', '.join(sorted(order.tags))}" if order.tags else "")
        raise SkillUnfit(f"{expert.name} has no skill {wanted}; it has: {there}.")
    faults = [schemas.read(skill.input).violations(order.input, "/input") for skill in offers]
    for skill, found in zip(offers, faults, strict=True):
        if not found:
            return skill
    raise SkillUnfit(f"The input does not fit {expert.name}, whose skills are: {there}.", faults[0])


def largest() -> int:
    """Bytes of an input or an output, as JSON."""
    return LARGEST * int(settings.MESSAGE_LIMIT)


def chain(delegation: Delegation) -> tuple[str, ...]:
    """The experts that wait for it, the nearest first."""
    return tuple(one.slug for one in waiting(delegation)[1:])


def waiting(delegation: Delegation) -> list[Delegation]:
    """Itself and those that wait for it, the nearest first."""
    found = [delegation]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found
