"""Which expert takes a task that names a skill and no expert, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count

from dispatch import delegation_states, expert_room, orders
from dispatch.delegation_models import Delegation
from dispatch.orders import Order, Placed
from integrations import experts
from integrations.contract import Skill
from integrations.models import Expert, Health
from project.errors import NotFound, SwitchboardError, Unprocessable

MOST_KEPT: Final = 20  # candidates: a delegation is no second copy of all experts
ORDER: Final = (Health.HEALTHY, Health.UNKNOWN, Health.FAILING, Health.CHANGED)
WHY: Final = (
    "it is in better health",
    "it has room now",
    "fewer tasks wait for it",
    "it failed less often of late",
    "it is the workspace's own",
    "its slug comes first",
)


class SkillUnknown(NotFound):
    code = "skill_unknown"
    title = "No expert here has this skill"


class NobodyNamed(Unprocessable):
    code = "expert_unnamed"
    title = "Name an expert, or a skill that one has"


@dataclass(frozen=True)
class Candidate:
    """`refused`: why it cannot be asked. `working`, `waiting`: its tasks, of the whole installation."""

    expert: Expert
    skill: str
    working: int
    waiting: int
    refused: SwitchboardError | None = None

    @property
    def has_room(self) -> bool:
        return self.expert.concurrency is None or self.working < self.expert.concurrency

    @property
    def rank(self) -> tuple[Any, ...]:
        """The lowest is taken; each part is a reason of `WHY`."""
        return (
            ORDER.index(Health(self.expert.health)),
            not self.has_room,
            self.waiting,
            round(self.expert.failure_rate, 2),
            self.expert.workspace_id is None,
            self.expert.slug,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "expert": self.expert.slug,
            "refused": self.refused.code if self.refused else None,
            "health": self.expert.health,
            "working": self.working,
            "waiting": self.waiting,
            "room": self.has_room,
            "failure_rate": round(self.expert.failure_rate, 2),
            "own": self.expert.workspace_id is not None,
        }


def choose(order: Order, workspace: UUID) -> Placed:
    """The best of those that have the skill and can take the input.

    :raises NobodyNamed: without a skill. :raises SkillUnknown: naming the skills there are. :raises SkillUnfit: or why
    else none of them can.
    """
    found = candidates(order, workspace)
    able = [one for one in found if one.refused is None]
    if not able:
        raise _why_not(found)
    choice = {
        "by": "skill",
        "reason": _reason(able, order.skill),
        "candidates": [one.as_json() for one in found[:MOST_KEPT]],
    }
    return Placed(able[0].expert, able[0].skill, choice)


def candidates(order: Order, workspace: UUID) -> list[Candidate]:
    """All that have the skill, those that can take it first, the best of them at the front."""
    here = list(experts.of(workspace))
    if not order.skill:
        raise NobodyNamed(f"There are these experts: {experts.named(here)}; and these skills: {_skills(here)}.")
    having = [one for one in here if order.skill in {skill.name for skill in one.offers}]
    if not having:
        raise SkillUnknown(f"No expert here has the skill {order.skill!r}; there are: {_skills(here)}.")
    loads = _loads(having)
    found = [_candidate(one, order, loads.get(one.id, (0, 0))) for one in having]
    return sorted(found, key=lambda one: (one.refused is not None, one.rank))


def _candidate(expert: Expert, order: Order, load: tuple[int, int]) -> Candidate:
    open, working = load
    skill, refused = "", None
    try:
        experts.check_ready(expert)
        skill = orders.fitting(expert, order).name
    except SwitchboardError as error:
        refused = error
    return Candidate(expert, skill, working, open - working, refused)


def _loads(having: Iterable[Expert]) -> dict[UUID, tuple[int, int]]:
    """How many tasks each has, and how many of them are begun."""
    here = Delegation.objects.filter(expert__in=list(having), state__in=delegation_states.AT_WORK)
    counts = here.values("expert").annotate(open=Count("id"), working=Count("id", filter=expert_room.BEGUN))
    return {row["expert"]: (row["open"], row["working"]) for row in counts}


def _reason(able: list[Candidate], skill: str) -> str:
    first, *others = able
    if not others:
        return f"Nobody else that has the skill {skill} can take it."
    pairs = zip(first.rank, others[0].rank, WHY, strict=True)
    why = next(why for mine, theirs, why in pairs if mine != theirs)
    return f"Of {len(able)} that have the skill {skill} it comes before {others[0].expert.slug}: {why}."


def _why_not(found: list[Candidate]) -> SwitchboardError:
    """What is most worth knowing: what the input lacks, before who is away."""
    errors = [one.refused for one in found if one.refused]
    return next((error for error in errors if isinstance(error, orders.SkillUnfit)), errors[0])


def _skills(here: Iterable[Expert]) -> str:
    offered: Iterable[Skill] = (skill for one in here if one.enabled for skill in one.offers)
    return ", ".join(sorted({skill.name for skill in offered})) or "none"
