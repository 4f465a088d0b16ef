"""Periodic jobs, as staff read them: when each is due, how its last turn went, and a way to run it now."""

from typing import Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from project import jobrows, periodic
from project.admin_cells import NOTHING, badge, moment
from project.admin_pages import ReadOnlyAdmin
from project.models import JobResult, PeriodicJob

NOT_REGISTERED: Final = "not registered"
NOT_YET_RUN: Final = "not yet run"
NOT_FINISHED: Final = "started, not finished"
TIMES: Final = ("due_at", "started_at", "finished_at")
COLOURS: Final[dict[str, str]] = {
    NOT_REGISTERED: "warning",
    NOT_FINISHED: "primary",
    JobResult.OK: "success",
    JobResult.FAILED: "danger",
}


def state_of(row: PeriodicJob) -> str:
    if periodic.REGISTRY.get(row.name) is None:
        return NOT_REGISTERED
    if row.started_at is None:
        return NOT_YET_RUN
    if row.finished_at is None or row.finished_at < row.started_at:
        return NOT_FINISHED
    return row.result


class PeriodicJobAdmin(ReadOnlyAdmin):
    list_display = ("name", "state", "every", *map(moment, TIMES), "took", "runs", "text")
    ordering = ("name",)
    search_fields = ("name",)
    search_help_text = "A part of the name"
    actions = ("run_now",)
    fields = list_display

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("project.change_periodicjob")

    @admin.action(description="Run now", permissions=["run"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[PeriodicJob]) -> None:
        names = list(queryset.values_list("name", flat=True))
        due = jobrows.run_now(names)
        self.message_user(request, f"{due} of {len(names)} chosen jobs will run within seconds.", messages.SUCCESS)
        if due < len(names):
            self.message_user(request, "A job that no code registers is not run.", messages.WARNING)

    @admin.display(description="state")
    def state(self, row: PeriodicJob) -> str:
        state = state_of(row)
        return badge(state, COLOURS.get(state))

    @admin.display(description="every")
    def every(self, row: PeriodicJob) -> str:
        job = periodic.REGISTRY.get(row.name)
        return str(job.every) if job else NOTHING

    @admin.display(description="took")
    def took(self, row: PeriodicJob) -> str:
        return NOTHING if row.milliseconds is None else f"{row.milliseconds}\u00a0ms"
