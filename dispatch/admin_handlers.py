"""Handlers, as staff read and switch them: each that code registers, and each that once was."""

from typing import Final

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest

from dispatch import calls, handlers, switches
from dispatch.calls import Counts
from dispatch.models import Call, HandlerSwitch
from project.admin_cells import NOTHING, badge, moment
from project.admin_pages import ConsoleAdmin

GONE: Final = "not registered"
DISABLED: Final = "disabled"
ENABLED: Final = "enabled"
COUNTED: Final = ("calls", "failed", "took", "abandoned", moment("last_called"))
COLOURS: Final = {GONE: "warning", DISABLED: "danger", ENABLED: "success"}


def state_of(row: HandlerSwitch) -> str:
    if row.name not in handlers.REGISTRY:
        return GONE
    return ENABLED if row.enabled else DISABLED


def counts_of(row: HandlerSwitch) -> Counts:
    counted: Counts = getattr(row, "counts", None) or calls.count([row.name])[row.name]
    row.counts = counted  # type: ignore[attr-defined]  # for the next cell of the same row
    return counted


class HandlerSwitchAdmin(ConsoleAdmin):
    list_display = ("name", "state", "kinds", "limit", *COUNTED)
    ordering = ("name",)
    search_fields = ("name",)
    search_help_text = "A part of the name"
    list_filter = ("enabled",)
    actions = ("enable", "disable")
    fields = ("name", "state", "about", "kinds", "limit", "enabled", "concurrency", *COUNTED)
    readonly_fields = ("name", "state", "about", "kinds", "limit", *COUNTED)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: HandlerSwitch | None = None) -> bool:
        return False

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dispatch.change_handlerswitch")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandlerSwitch]:
        rows: QuerySet[HandlerSwitch] = super().get_queryset(request)
        last = Call.objects.filter(handler=OuterRef("name")).order_by("-at")
        return rows.annotate(last_called=Subquery(last.values("at")[:1]))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A row for each handler is there before the list is read; what they did is counted for its page at once."""
        switches.list_all()
        page: ChangeList = super().get_changelist_instance(request)
        counted = calls.count([row.name for row in page.result_list])
        for row in page.result_list:
            row.counts = counted[row.name]
        return page

    def save_model(
        self, request: HttpRequest, obj: HandlerSwitch, form: "ModelForm[HandlerSwitch]", change: bool
    ) -> None:
        switches.change(request.user.pk, obj.name, {name: form.cleaned_data[name] for name in form.changed_data})

    @admin.action(description="Enable selected handlers", permissions=["switch"])
    def enable(self, request: HttpRequest, queryset: QuerySet[HandlerSwitch]) -> None:
        self._switch(request, queryset, True)

    @admin.action(description="Disable selected handlers", permissions=["switch"])
    def disable(self, request: HttpRequest, queryset: QuerySet[HandlerSwitch]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[HandlerSwitch], enabled: bool) -> None:
        names = sorted(queryset.values_list("name", flat=True))
        for name in names:
            switches.change(request.user.pk, name, {"enabled": enabled})
        said = "are asked again" if enabled else "are asked no more"
        self.message_user(request, f"From the next message on {said}: {', '.join(names)}.", messages.SUCCESS)

    @admin.display(description="state")
    def state(self, row: HandlerSwitch) -> str:
        return badge(state_of(row), COLOURS[state_of(row)])

    @admin.display(description="kinds")
    def kinds(self, row: HandlerSwitch) -> str:
        handler = handlers.REGISTRY.get(row.name)
        return ", ".join(handler.kinds) if handler else NOTHING

    @admin.display(description="what it does")
    def about(self, row: HandlerSwitch) -> str:
        handler = handlers.REGISTRY.get(row.name)
        return (handler and handler.description) or NOTHING

    @admin.display(description="limit")
    def limit(self, row: HandlerSwitch) -> str:
        handler = handlers.REGISTRY.get(row.name)
        own = handler and handler.concurrency
        return str(row.concurrency or (f"{own}, its\u00a0own" if own else NOTHING))

    @admin.display(description="calls in 24 h")
    def calls(self, row: HandlerSwitch) -> str:
        return str(counts_of(row).calls)

    @admin.display(description="failed")
    def failed(self, row: HandlerSwitch) -> str:
        counts = counts_of(row)
        return NOTHING if counts.error_rate is None else f"{counts.failed} ({counts.error_rate:.1%})"

    @admin.display(description="took")
    def took(self, row: HandlerSwitch) -> str:
        counts = counts_of(row)
        return (
            NOTHING
            if counts.slowest_ms is None
            else f"{counts.average_ms}\u00a0ms, at most {counts.slowest_ms}\u00a0ms"
        )

    @admin.display(description="abandoned")
    def abandoned(self, row: HandlerSwitch) -> str:
        return str(counts_of(row).abandoned)
