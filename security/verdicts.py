"""What staff say of findings, and how often rules were met."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from project import batches
from project.errors import NotFound
from project.ids import first_at
from security import access
from security.models import Membership, User
from security.screening import Mode
from security.screening_models import KeptFinding

RIGHT: Final = "right"
WRONG: Final = "wrong"
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Counts:
    """How often one rule was met. `wrong` and `right`: of the verdicts that staff gave, ever."""

    enforced_day: int = 0
    shadow_day: int = 0
    enforced_week: int = 0
    shadow_week: int = 0
    wrong: int = 0
    right: int = 0


NONE: Final = Counts()
ALL: Final = Q()


def judge(findings: QuerySet[KeptFinding], verdict: str, by: UUID | None) -> int:
    """The last verdict counts; "" takes one back. Returns how many findings have it now."""
    fields: dict[str, Any] = {"verdict": verdict, "verdict_by": by, "verdict_at": timezone.now()}
    if not verdict:
        fields = {"verdict": "", "verdict_by": None, "verdict_at": None}
    return findings.update(**fields)


def manageable(user: User) -> QuerySet[KeptFinding]:
    """Of the workspaces that the user manages; staff with the permission read all."""
    if user.is_staff and user.has_perm("security.view_keptfinding"):
        return KeptFinding.objects.all()
    mine = Membership.objects.filter(user.within("workspace"), user=user, role__in=access.MANAGE)
    return KeptFinding.objects.filter(workspace__in=mine.values("workspace"))


def find(user: User, id: UUID, told: Q) -> KeptFinding:
    """One that the user may judge. `told`: the condition on those that they are told of.

    :raises NotFound: foreign and unknown alike. :raises Forbidden: for a member who does not manage.
    """
    finding = KeptFinding.objects.filter(told, id=id).first()
    if finding and user.is_staff and user.has_perm("security.change_keptfinding"):
        return finding
    if finding is None or finding.workspace is None:
        raise NotFound()
    access.require(user, finding.workspace, access.MANAGE)
    return finding


def counted(rules: Collection[UUID], told: Q = ALL) -> dict[UUID, Counts]:
    """Of each rule that was met at all: two queries, whatever their number. `told`: which findings are counted."""
    now = timezone.now()
    recent = KeptFinding.objects.filter(told, rule_row__in=rules, id__gte=first_at(now - WEEK))
    today, shadow = Q(id__gte=first_at(now - DAY)), Q(mode=Mode.SHADOW)
    met = recent.values("rule_row").annotate(
        enforced_day=Count("id", filter=today & ~shadow),
        shadow_day=Count("id", filter=today & shadow),
        enforced_week=Count("id", filter=~shadow),
        shadow_week=Count("id", filter=shadow),
    )
    judged = KeptFinding.objects.filter(told, rule_row__in=rules, verdict__gt="").values("rule_row")
    said = judged.annotate(wrong=Count("id", filter=Q(verdict=WRONG)), right=Count("id", filter=Q(verdict=RIGHT)))
    found: dict[UUID, dict[str, int]] = {}
    rows: list[dict[str, Any]] = [*met, *said]  # type: ignore[list-item]  # the rows of `values()` are plain
    for row in rows:
        found.setdefault(row.pop("rule_row"), {}).update(row)
    return {rule: Counts(**counts) for rule, counts in found.items()}


def purge() -> int:
    """Remove findings that nobody judged in time. Judged ones are kept: they are what filters are measured by."""
    before = first_at(timezone.now() - timedelta(days=settings.FINDINGS_DAYS))
    return batches.remove(KeptFinding.objects.filter(id__lt=before, verdict=""))
