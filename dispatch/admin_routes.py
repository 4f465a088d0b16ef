"""Routes, as staff write them: conditions as JSON with an example at hand, and in words once they are saved."""

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import JSONField, QuerySet, Value
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from dispatch import condition_words, handlers, route_faults, routes, routing, switches
from dispatch.conditions import LOOKS
from dispatch.models import Route
from dispatch.route_fields import Conditions, Names
from project import faults
from project.admin_cells import badge, moment, page_link
from project.admin_pages import GovernedAdmin

EXAMPLE: Final = (
    '{"kind": ["text"], "text": "(?i)invoice", "metadata": [{"key": "customer.tier", "op": "in", "value": ["gold"]}]}'
)
HELP: Final = (
    f"All must be met; {{}} takes every message. For example {EXAMPLE}. There are conditions on {', '.join(LOOKS)}."
)


TIMES: Final = (moment("created_at"), moment("updated_at"))


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript at run time
    conditions = Conditions(initial=dict, widget=UnfoldAdminTextareaWidget, help_text=HELP)
    handlers = Names(widget=UnfoldAdminTextareaWidget, required=False)
    expert = forms.SlugField(
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text="The slug of an expert who answers instead; then name no handlers.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = ", ".join(sorted(handlers.REGISTRY))
        if "workspace" in self.fields:
            self.fields["workspace"].help_text = "Empty: a route of the installation, for every workspace."
        self.fields["handlers"].help_text = f"One a line, in the order in which they are asked. There are {known}."

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.instance._state.adding:
            self.instance.workspace = given.get("workspace")
        changed = {name: given[name] for name in given if self.instance._state.adding or name in self.changed_data}
        faults.show(self, route_faults.faults(self.instance, changed))
        return given


class RouteAdmin(GovernedAdmin):
    """The first route that matches is taken; those of a workspace come before the installation's."""

    form = RouteForm
    list_display = ("name", "whose", "position", "shown_state", "takes", "asks", "policy", "audience")
    list_select_related = ("workspace",)
    list_filter = ("enabled", "policy")
    ordering = ("workspace_id", "position", "pk")
    search_fields = ("name__startswith",)
    search_ids = ("pk", "workspace")
    search_help_text = "Beginning of a name, or id of a route or workspace"
    autocomplete_fields = ("workspace",)
    readonly_fields = ("id", "shown_state", "takes", *TIMES)
    actions = ("enable", "disable")
    fieldsets = (
        (None, {"fields": ("name", "workspace", "enabled", "position", "shown_state")}),
        ("Which messages", {"fields": ("conditions", "takes")}),
        ("Who answers them", {"fields": ("handlers", "expert")}),
        ("How", {"fields": ("policy", "audience", "deadline", "retries", "priority")}),
        ("Row", {"fields": ("id", *TIMES)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Route]:
        """Each with `off`, the handlers that staff disabled: read once for the whole list."""
        off = Value(sorted(switches.disabled()), output_field=JSONField())
        rows: QuerySet[Route] = super().get_queryset(request).annotate(off=off)
        return rows

    @admin.display(description="of")
    def whose(self, route: Route) -> str:
        return page_link("security_workspace", route.workspace_id, route.workspace) if route.workspace else "everybody"

    @admin.display(description="state")
    def shown_state(self, route: Route) -> str:
        gone = [*routing.missing(route.handlers, set(getattr(route, "off", ()))), *routing.unready(route)]
        if gone:
            return badge(f"broken: {', '.join(gone)} gone or disabled", "danger")
        return badge("enabled", "success") if route.enabled else badge("disabled", None)

    @admin.display(description="takes messages where")
    def takes(self, route: Route) -> str:
        return condition_words.in_words(route.conditions)

    @admin.display(description="asks")
    def asks(self, route: Route) -> str:
        return f"the expert {route.expert}" if route.expert else ", ".join(route.handlers)

    @admin.action(description="Enable selected routes", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Route]) -> None:
        self._switch(request, queryset, True)

    @admin.action(description="Disable selected routes", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Route]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Route], enabled: bool) -> None:
        count = routes.switch(queryset, enabled)
        said = f"{'Enabled' if enabled else 'Disabled'} {count} route(s); it holds for the next message."
        self.message_user(request, said, messages.SUCCESS)
