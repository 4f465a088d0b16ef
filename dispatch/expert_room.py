"""Room at experts: how many tasks each takes at a time, in all processes together.

Who works, or waits for its far side, takes a place. Who waits for an answer or for another expert takes none: it might
be its own place that the other one waits for.

Of the places of one process an expert takes half, and one more for what it has begun; one place is never taken by what
begins. So a slow expert keeps nobody waiting but who waits for it, and answers and cancels reach the others.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dispatch import delegation_states
from dispatch.delegation_models import Delegation, Step
from integrations.models import Expert
from project.errors import TooMany

PARTS: Final = Delegation.objects.filter(parent=OuterRef("id"), state__in=delegation_states.OPEN)
BEGUN: Final = (  # of those that are at work: a place of their expert is taken
    Q(attempt__gt=0, step="") & ~Exists(PARTS) | Q(lease_until__isnull=False) | Q(step__in=[Step.POLL, Step.RESUME])
)
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
MOST_OPEN: Final = 50  # of a conversation


class TooManyDelegations(TooMany):
    code = "too_many_delegations"
    title = "Experts have enough to do for this conversation; wait until something is done, or cancel it"


@dataclass
class Room:
    """`left`: of each expert that has a limit, in all processes. `held`: those of the `places` of this process that are
    taken, by expert; `begun`: how many of them begin something.
    """

    left: dict[UUID | None, int]
    held: Counter[UUID | None]
    begun: int
    places: int

    def full(self) -> list[UUID | None]:
        """Those who can begin nothing."""
        none = [expert for expert, room in self.left.items() if room <= 0]
        return [*none, *(expert for expert, count in self.held.items() if count >= self._share)]

    def take(self, expert: UUID | None, step: str) -> bool:
        """Whether it finds a place, which is taken from now on."""
        begins = step == Step.START
        if self.held[expert] >= self._share + (not begins) or (begins and not self._may_begin(expert)):
            return False
        self.held[expert] += 1
        if begins:
            self.begun += 1
            self.left[expert] = self.left.get(expert, self.places) - 1
        return True

    def _may_begin(self, expert: UUID | None) -> bool:
        return self.left.get(expert, 1) > 0 and self.begun < max(1, self.places - 1)

    @property
    def _share(self) -> int:
        return max(1, self.places // 2)


def look(holder: str, places: int) -> Room:
    here = Delegation.objects.filter(holder=holder, lease_until__isnull=False).values_list("expert", "step")
    begun = [step for _, step in here].count(Step.START)
    return Room(_left(), Counter(expert for expert, _ in here), begun, places)


def _left() -> dict[UUID | None, int]:
    limits = Expert.objects.filter(concurrency__isnull=False).values_list("id", "concurrency")
    working = _inside(Q(expert__in=[id for id, _ in limits])).values("expert").annotate(count=Count("id"))
    inside = {row["expert"]: row["count"] for row in working}
    return {id: limit - inside.get(id, 0) for id, limit in limits}


def enter(found: Delegation) -> bool:
    """Whether one that is to start may. In the transaction that claims it; who was let in already goes on."""
    limit = found.expert.concurrency if found.expert else None
    if limit is None or found.step != Step.START:
        return True
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"expert:{found.expert_id}"])
    return _inside(Q(expert=found.expert_id)).exclude(id=found.id).count() < limit


def check_few(conversation: UUID) -> None:
    """Whether experts may be given more to do for it. In the transaction that locks its stream.

    :raises TooManyDelegations: saying how many there may be.
    """
    if Delegation.objects.filter(conversation=conversation, state__in=delegation_states.OPEN).count() >= MOST_OPEN:
        raise TooManyDelegations(f"At most {MOST_OPEN} are open in a conversation.")


def _inside(of: Q) -> QuerySet[Delegation]:
    return Delegation.objects.filter(of, BEGUN, state__in=delegation_states.AT_WORK)
