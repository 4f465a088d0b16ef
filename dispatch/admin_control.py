"""What staff do to runs: stop those that are open, ask again for the answer that others did not bring."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget

from dispatch import handlers, replays, stopping
from dispatch.models import Run, RunState
from project.admin_pages import ReadOnlyAdmin
from project.errors import SwitchboardError

PAGE: Final = "admin/dispatch/replay.html"


class TroubleFilter(admin.SimpleListFilter):
    """What somebody should look at. Dead runs that were replayed are no trouble any more."""

    title = "trouble"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Run]") -> list[tuple[str, str]]:
        return [("dead", "dead, not replayed"), ("stopping", "being stopped"), ("retried", "failed and retried")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        if self.value() == "dead":
            return queryset.filter(state=RunState.DEAD, replays=None)
        if self.value() == "stopping":
            return queryset.filter(state=RunState.RUNNING).exclude(stop="")
        return queryset.filter(failures__gt=0) if self.value() == "retried" else queryset


class HandlerForm(forms.Form):
    handler = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        choice: Any = self.fields["handler"]
        choice.choices = [(name, name) for name in sorted(handlers.REGISTRY)]


class ControlledRuns(ReadOnlyAdmin):
    """The actions of the list of runs, for who may change runs."""

    actions = ("stop_runs", "replay_runs", "replay_with")

    def has_control_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dispatch.change_run")

    @admin.action(description="Stop selected runs", permissions=["control"])
    def stop_runs(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        actor = _actor(request)
        self._each(request, chosen, "stopped", lambda run: stopping.stop(run, RunState.CANCELED, actor))

    @admin.action(description="Replay selected runs", permissions=["control"])
    def replay_runs(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        self._replay(request, chosen, "")

    @admin.action(description="Replay selected runs with another handler", permissions=["control"])
    def replay_with(self, request: HttpRequest, chosen: QuerySet[Run]) -> HttpResponse | None:
        """A page in between asks for the handler, and comes back to this action."""
        form = HandlerForm(request.POST) if "handler" in request.POST else HandlerForm()
        if form.is_valid():
            self._replay(request, chosen, form.cleaned_data["handler"])
            return None
        shown = {"runs": list(chosen), "form": form, "checkbox": ACTION_CHECKBOX_NAME, "title": "Replay runs"}
        return TemplateResponse(request, PAGE, {**self.admin_site.each_context(request), **shown})

    def _replay(self, request: HttpRequest, chosen: QuerySet[Run], handler: str) -> None:
        actor = _actor(request)
        self._each(request, chosen, "asked again", lambda run: replays.replay_run(run, actor, handler))

    def _each(self, request: HttpRequest, chosen: QuerySet[Run], done: str, work: Callable[[UUID], object]) -> None:
        """Each by itself: one that cannot be does not hold up the others, and is named with the reason."""
        count = 0
        for run in chosen.order_by("pk").values_list("pk", flat=True):
            try:
                work(run)
                count += 1
            except SwitchboardError as refusal:
                self.message_user(request, f"{run}: {refusal.detail}", messages.WARNING)
        if count:
            self.message_user(request, f"{count} run{' was' if count == 1 else 's were'} {done}.", messages.SUCCESS)


def _actor(request: HttpRequest) -> dict[str, str]:
    return {"kind": "staff", "id": str(request.user.pk)}
