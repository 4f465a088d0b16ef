"""Room in lanes, as of one look: which of the due runs may begin together. The claim of each counts again, locked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet

from dispatch import lanes, switches
from dispatch.lanes import Lane
from dispatch.models import Run, RunState
from security.models import Workspace

Due = tuple[UUID, UUID | None, str]  # a run, its workspace, its lanes as they are stored


@dataclass
class Room:
    """How many more runs each lane takes. Lanes that are not in `left` take any number.

    `capped`: whether workspaces have limits at all. Those in which nothing runs are learned of as their runs are seen.
    """

    left: dict[Lane, int]
    capped: bool

    def among(self, due: QuerySet[Run]) -> QuerySet[Run]:
        """Without those of which a lane is full."""
        full = [lane for lane, left in self.left.items() if left <= 0]
        for handler in [lane for lane in full if isinstance(lane, str)]:
            due = due.exclude(lanes__contains=f"|{handler}|")
        return due.exclude(workspace__in=[lane for lane in full if isinstance(lane, UUID)])

    def take(self, due: list[Due]) -> list[UUID]:
        """Which of these fit in together, the first ones first."""
        if self.capped:
            unknown = {workspace for _, workspace, _ in due if workspace} - self.left.keys()
            for workspace, limit in lanes.workspace_limits(unknown).items():
                self.left[workspace] = limit
        return [run for run, workspace, stored in due if self._enter([workspace, *lanes.names(stored)])]

    def _enter(self, wanted: Iterable[Lane | None]) -> bool:
        limited = [lane for lane in wanted if lane in self.left]
        fits = all(self.left[lane] > 0 for lane in limited)
        for lane in limited if fits else ():
            self.left[lane] -= 1
        return fits


def look() -> Room:
    """Two queries when nothing has a limit."""
    running = Run.objects.filter(state=RunState.RUNNING)
    capped = bool(settings.WORKSPACE_CONCURRENCY) or Workspace.objects.filter(concurrency__isnull=False).exists()
    return Room(_left_by_handler(running) | (_left_by_workspace(running) if capped else {}), capped)


def fitting(due: QuerySet[Run], limit: int, room: Room) -> list[UUID]:
    """The first of `due`, at most `limit`, that fit in together. One that does not is in nobody's way."""
    found: list[UUID] = []
    while len(found) < limit:
        others = room.among(due).exclude(id__in=found)
        seen = list(others.values_list("id", "workspace", "lanes")[: limit - len(found)])
        fit = room.take(seen)
        found += fit
        if len(fit) == len(seen):
            break
    return found


def _left_by_handler(running: QuerySet[Run]) -> dict[Lane, int]:
    limits = switches.limits()
    stored = running.exclude(lanes="").values_list("lanes", flat=True) if limits else ()
    inside = Counter(name for one in stored for name in lanes.names(one))
    return {name: limit - inside[name] for name, limit in limits.items()}


def _left_by_workspace(running: QuerySet[Run]) -> dict[Lane, int]:
    counted = running.exclude(workspace=None).values_list("workspace").annotate(Count("id"))
    inside: dict[UUID, int] = dict(counted)
    return {workspace: limit - inside[workspace] for workspace, limit in lanes.workspace_limits(inside).items()}
