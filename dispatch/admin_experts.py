"""Experts, as staff register and look after them."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator

from dispatch import delegation_states, dismissals, skill_cells
from dispatch.admin_expert_actions import ActedOnExperts
from dispatch.delegation_models import Delegation
from dispatch.expert_form import ExpertForm
from integrations import experts, roster
from integrations.models import Expert, Health
from project.admin_cells import NOTHING, badge, moment, page_link, said

COLOURS: Final[dict[str, str]] = {Health.HEALTHY: "success", Health.FAILING: "danger", Health.CHANGED: "warning"}
UNTIL: Final = moment("secret_until")
ASKED: Final = moment("health_at")
DETAIL_SHOWN: Final = 60
TIMES: Final = (moment("created_at"), moment("updated_at"))
USE: Final = (moment("last_used_at"), "uses", "failed", "open_tasks")


class ExpertAdmin(ActedOnExperts):
    """A workspace's own hides the installation's of the same slug."""

    form = ExpertForm
    list_display = ("slug", "name", "whose", "adapter", "shown_state", "shown_health", *USE)
    list_select_related = ("workspace",)
    list_filter = ("enabled", "health")
    ordering = ("slug", "pk")
    search_fields = ("slug__startswith",)
    search_ids = ("pk", "workspace")
    search_help_text = "Beginning of a slug, or id of an expert or workspace"
    autocomplete_fields = ("workspace", "fallback")
    readonly_fields = (
        "id",
        "shown_state",
        "shown_skills",
        "shown_secret",
        UNTIL,
        "shown_health",
        "asked",
        "shown_detail",
        "differences",
        "pinned",
        *USE,
        *TIMES,
    )
    fieldsets = (
        (None, {"fields": ("slug", "name", "workspace", "enabled", "shown_state", "description")}),
        ("What it can do", {"fields": ("shown_skills", "skills")}),
        ("How it is reached", {"fields": ("adapter", "settings", "shown_secret", UNTIL, "new_secret")}),
        ("Health", {"fields": ("shown_health", "shown_detail", "asked", "differences", "pinned")}),
        ("How it works", {"fields": ("concurrency", "timeout", "retries", "fallback")}),
        ("Use", {"fields": USE}),
        ("Row", {"fields": ("id", *TIMES)}),
    )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Each expert of the page with its open delegations, which are counted together."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        open = Delegation.objects.filter(expert__in=[one.pk for one in changelist.result_list])
        counts = open.filter(state__in=delegation_states.OPEN).values_list("expert").annotate(Count("id"))
        found = dict(counts.order_by("expert"))
        for expert in changelist.result_list:
            expert.open = found.get(expert.pk, 0)
        return changelist

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Delegations stay without their expert; those that are open fail."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        open = Delegation.objects.filter(expert__in=[one.pk for one in objs], state__in=delegation_states.OPEN).count()
        told = [f"{open} open delegation{'' if open == 1 else 's'}: ended as failed at once. Those that are over stay."]
        if any(one.workspace_id is None and experts.ships(one) for one in objs):
            told.append("It comes with the installation and is back after the next migrate; disable it instead.")
        return [*deleted, *told], counts, lacking, protected

    def save_model(self, request: HttpRequest, obj: Expert, form: Any, change: bool) -> None:
        """`obj` is as the form says already; what the row was decides what a change does to health and secrets."""
        before = Expert.objects.get(pk=obj.pk) if change else Expert(id=obj.pk, workspace=obj.workspace)
        fields = {name: value for name, value in form.changed(form.cleaned_data).items() if name != "workspace"}
        if fields:
            roster.change(before, fields, request.user.pk)

    def delete_model(self, request: HttpRequest, obj: Expert) -> None:
        dismissals.dismiss(obj, request.user.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Expert]) -> None:
        for expert in queryset:
            dismissals.dismiss(expert, request.user.pk)

    @admin.display(description="of")
    def whose(self, expert: Expert) -> str:
        return (
            page_link("security_workspace", expert.workspace_id, expert.workspace) if expert.workspace else "everybody"
        )

    @admin.display(description="state")
    def shown_state(self, expert: Expert) -> str:
        planned = badge("planned", "info") if experts.stands_in(expert) else ""
        switched = badge("enabled", "success") if expert.enabled else badge("disabled", None)
        return format_html('<span class="beside">{} {}</span>', switched, planned)

    @admin.display(description="health")
    def shown_health(self, expert: Expert) -> str:
        mark, why = (
            badge(expert.health, COLOURS.get(expert.health)),
            Truncator(expert.health_detail).chars(DETAIL_SHOWN),
        )
        return format_html('<span class="beside">{} <span>{}</span></span>', mark, why) if why else mark

    @admin.display(description="why")
    def shown_detail(self, expert: Expert) -> str:
        return said(expert.health_detail)

    @admin.display(description="asked")
    def asked(self, expert: Expert) -> str:
        return ASKED(expert)

    @admin.display(description="failed")
    def failed(self, expert: Expert) -> str:
        return f"{expert.failure_rate * 100:.0f} %" if expert.uses else NOTHING

    @admin.display(description="open")
    def open_tasks(self, expert: Expert) -> int:
        known: int | None = getattr(expert, "open", None)
        if known is not None:
            return known
        return Delegation.objects.filter(expert=expert.pk, state__in=delegation_states.OPEN).count()

    @admin.display(description="as people read them")
    def shown_skills(self, expert: Expert) -> str:
        return skill_cells.listed(expert.offers)

    @admin.display(description="secret")
    def shown_secret(self, expert: Expert) -> str:
        return "there is one" if expert.secret else "none"

    @admin.display(description="new secret")
    def new_secret(self, expert: Expert) -> str:
        """For who may only look: for others the form has a field of this name."""
        return NOTHING

    @admin.display(description="says of itself now")
    def differences(self, expert: Expert) -> str:
        if expert.described is None:
            return "nothing that was not agreed to"
        return skill_cells.described(expert)
