"""How much handlers know in a workspace, as staff set it. Saving lets every context of the workspace follow at once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from contexts import policies
from contexts.knowledge import ContextPolicy
from project.admin_cells import NOTHING, moment
from project.admin_pages import GovernedAdmin


def _number(name: str) -> forms.IntegerField:
    least, most = policies.BOUNDS[name]
    field: Any = ContextPolicy._meta.get_field(name)
    words = f"{field.help_text} {least:,} to {most:,}.".strip()
    widget = UnfoldAdminIntegerFieldWidget
    return forms.IntegerField(min_value=least, max_value=most, required=not field.null, help_text=words, widget=widget)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript at run time
    messages = _number("messages")
    days = _number("days")
    tokens = _number("tokens")
    recalled = _number("recalled")
    retention_days = _number("retention_days")


class ContextPolicyAdmin(GovernedAdmin):
    form = PolicyForm
    list_display = (
        "workspace",
        "messages",
        "shown_days",
        "shown_tokens",
        "recalled",
        "summary",
        "entities",
        "kept",
        moment("updated_at"),
    )
    list_select_related = ("workspace",)
    search_fields = ("workspace__name__startswith",)
    search_help_text = "Beginning of a workspace's name, or its id"
    autocomplete_fields = ("workspace",)
    readonly_fields = (moment("updated_at"),)
    fieldsets = (
        (None, {"fields": ("workspace",)}),
        ("The window", {"fields": ("messages", "days", "tokens")}),
        ("What else is known", {"fields": ("recalled", "summary", "entities")}),
        ("Keeping", {"fields": ("retention_days", *readonly_fields)}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: ContextPolicy | None = None) -> bool:
        """The defaults are had by setting them: the versions of contexts rise with that."""
        return False

    def save_model(self, request: HttpRequest, obj: ContextPolicy, form: Any, change: bool) -> None:
        given = form.cleaned_data
        fields = {
            name: given[name] for name in given if name != "workspace" and (not change or name in form.changed_data)
        }
        policies.change(obj.workspace_id, fields)

    @admin.display(description="days")
    def shown_days(self, policy: ContextPolicy) -> str:
        return str(policy.days or NOTHING)

    @admin.display(description="tokens")
    def shown_tokens(self, policy: ContextPolicy) -> str:
        return f"{policy.tokens:,}" if policy.tokens else "as installed"

    @admin.display(description="kept")
    def kept(self, policy: ContextPolicy) -> str:
        return f"{policy.retention_days} days" if policy.retention_days else "for good"
