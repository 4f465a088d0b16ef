"""Delegations, as staff read them: who was asked what, for whom, how far it is, and what came of it."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from dispatch import delegation_states, open_delegations
from dispatch.admin_delegation_pages import COLOURS, LARGE, DelegationPages
from dispatch.delegation_models import Delegation, DelegationState
from integrations import human
from integrations.models import Expert
from project.admin_cells import NOTHING, badge, facts, list_link, moment, page_link, said, seen_by, short
from project.errors import SwitchboardError

MOST_EXPERTS: Final = 50


class ExpertFilter(admin.SimpleListFilter):
    """By slug, as it was: of experts that are gone, too, a search tells."""

    title = "expert"
    parameter_name = "expert"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        slugs = Expert.objects.order_by("slug").values_list("slug", flat=True).distinct()
        return [(slug, slug) for slug in slugs[:MOST_EXPERTS]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> QuerySet[Delegation]:
        return queryset.filter(slug=self.value()) if self.value() else queryset


class PlaceFilter(admin.SimpleListFilter):
    title = "place"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("open", "open"), ("people", "with people"), ("mine", "taken by me"), ("late", "past their deadline")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> QuerySet[Delegation]:
        open = queryset.filter(state__in=delegation_states.OPEN)
        if self.value() == "people":
            return open.filter(expert__in=Expert.objects.filter(adapter=human.NAME).values("id"))
        if self.value() == "mine":
            return queryset.filter(taken_by=request.user.pk)
        if self.value() == "late":
            return open.filter(deadline__lt=timezone.now())
        return open if self.value() == "open" else queryset


class DelegationAdmin(DelegationPages):
    list_display = (
        "ending",
        "shown_state",
        "expert_link",
        "skill",
        "owner_link",
        "conversation_link",
        "shown_progress",
        moment("deadline"),
        moment("created_at"),
        "took",
    )
    list_select_related = ("conversation", "owner", "expert")
    list_filter = (PlaceFilter, "state", ExpertFilter)
    search_fields = ("slug__exact",)
    search_ids = ("pk", "run", "message", "conversation", "root", "parent", "expert", "owner")
    search_help_text = "Slug of an expert, or id of a delegation, run, message, conversation, expert or user"
    actions = ("cancel_delegations",)
    fieldsets = (
        (None, {"fields": ("id", "shown_state", "ended", "expert_link", "skill", "shown_choice", "seen_by")}),
        ("For", {"fields": ("owner_link", "conversation_link", "message_link", "run_link", "shown_chain", "events")}),
        ("Asked", {"fields": ("shown_input", "shown_artifacts", "shown_constraints")}),
        (
            "Came of it",
            {
                "fields": (
                    "shown_progress",
                    "said",
                    "shown_question",
                    "shown_answer",
                    "shown_text",
                    "shown_output",
                    "reply_link",
                )
            },
        ),
        ("Work", {"fields": ("attempts", "step", "holder", "remote", "taken_link", "request_id")}),
        (
            "Time",
            {
                "fields": (
                    *map(
                        moment,
                        ("created_at", "started_at", "due_at", "lease_until", "deadline", "taken_at", "finished_at"),
                    ),
                    "took",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delegation]:
        rows: QuerySet[Delegation] = super().get_queryset(request)
        return rows.defer(*LARGE)

    def has_control_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dispatch.change_delegation")

    @admin.action(description="Cancel selected delegations", permissions=["control"])
    def cancel_delegations(self, request: HttpRequest, chosen: QuerySet[Delegation]) -> None:
        """Each by itself: one that is over does not hold up the others, and is named."""
        actor, count = {"kind": "staff", "id": str(request.user.pk)}, 0
        for id in chosen.order_by("pk").values_list("pk", flat=True):
            try:
                open_delegations.cancel(id, actor)
                count += 1
            except SwitchboardError as refusal:
                self.message_user(request, f"{id}: {refusal.detail}", messages.WARNING)
        if count:
            verb = "delegation was" if count == 1 else "delegations were"
            self.message_user(request, f"{count} {verb} canceled, with what waited for them.", messages.SUCCESS)

    @admin.display(description="ended")
    def ended(self, row: Delegation) -> str:
        return format_html("{}{}", row.reason.replace("_", " "), f": {row.detail}" if row.detail else "") or NOTHING

    @admin.display(description="why this expert")
    def shown_choice(self, row: Delegation) -> str:
        return facts(row.choice) if row.choice else "It was asked for by name."

    @admin.display(description="seen by")
    def seen_by(self, row: Delegation) -> str:
        return seen_by(row.visible_to)

    @admin.display(description="message")
    def message_link(self, row: Delegation) -> str:
        return page_link("contexts_message", row.message_id, short(row.message_id)) if row.message_id else NOTHING

    @admin.display(description="run")
    def run_link(self, row: Delegation) -> str:
        return page_link("dispatch_run", row.run_id, short(row.run_id)) if row.run_id else NOTHING

    @admin.display(description="chain")
    def shown_chain(self, row: Delegation) -> str:
        chain = Delegation.objects.filter(root=row.root).order_by("depth", "pk").only("id", "name", "state", "depth")
        return format_html('<ol class="facts">{}</ol>', format_html_join("", "<li>{}</li>", _links(chain[:20], row)))

    @admin.display(description="events")
    def events(self, row: Delegation) -> str:
        of = "run" if row.run_id else "conversation"
        return list_link("project_event", row.run_id or row.conversation_id, f"events of its {of}")

    @admin.display(description="answer, as people read it")
    def shown_text(self, row: Delegation) -> str:
        return said(row.text)

    @admin.display(description="output")
    def shown_output(self, row: Delegation) -> str:
        return facts(row.output)

    @admin.display(description="reply")
    def reply_link(self, row: Delegation) -> str:
        done = row.state == DelegationState.COMPLETED
        return list_link("contexts_message", row.reply, short(row.reply)) if done else NOTHING

    @admin.display(description="attempts")
    def attempts(self, row: Delegation) -> str:
        return f"{row.attempt} begun, {row.failures} failed, {row.crashes} lost"


def _links(chain: Iterable[Delegation], shown: Delegation) -> Iterable[tuple[str]]:
    """Each with who waits for it before it."""
    for one in chain:
        name = one.name if one.id == shown.id else page_link("dispatch_delegation", one.id, one.name)
        here = " (this one)" if one.id == shown.id else ""
        yield (format_html("{}{} {}{}", "\u21b3 " * one.depth, name, badge(one.state, COLOURS.get(one.state)), here),)
