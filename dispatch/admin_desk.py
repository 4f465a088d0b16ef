"""The desk in the admin: what waits for people, with what they have to know, and where they answer it."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.html import format_html

from dispatch import delegation_states, desk
from dispatch.admin_delegation_pages import LARGE
from dispatch.admin_desk_page import DeskPage, staff_of
from dispatch.delegation_models import HumanDelegation
from project.admin_cells import moment

LEAD: Final = 120  # characters of a task that the list shows
MOST: Final = 99


def waiting(request: HttpRequest) -> str:
    """How many wait for somebody, for the sidebar; never a count of very many rows."""
    rows = desk.waiting(desk.handed_to(staff_of(request))).filter(taken_by=None).order_by()
    found = len(rows.values_list("pk")[: MOST + 1])
    return f"{MOST}+" if found > MOST else str(found or "")


class DeskFilter(admin.SimpleListFilter):
    """Without a choice those that wait are shown; a search looks through all."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("waiting", "waiting"), ("mine", "taken by me"), ("asking", "the user is asked"), ("over", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HumanDelegation]) -> QuerySet[HumanDelegation]:
        state = self.value() or ("all" if request.GET.get("q") else "waiting")
        if state == "mine":
            return queryset.filter(taken_by=request.user.pk, state__in=delegation_states.OPEN)
        if state == "asking":
            return queryset.filter(state__in=delegation_states.ASKING)
        if state == "over":
            return queryset.filter(state__in=sorted(delegation_states.ENDS))
        return desk.waiting(queryset) if state == "waiting" else queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, title in (*self.lookup_choices, ("all", "all")):
            chosen = (self.value() or "waiting") == value
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": chosen, "query_string": query, "display": title}


class DeskAdmin(DeskPage):
    list_display = ("lead", "expert_name", "owner_link", "conversation_link", "place", "left", moment("created_at"))
    list_filter = (DeskFilter,)
    search_fields = ("slug__exact",)
    search_ids = ("pk", "conversation", "run", "message", "owner")
    search_help_text = "Slug of an expert, or id of a delegation, conversation, run, message or user"
    nothing = "Nothing waits for people."

    def get_queryset(self, request: HttpRequest) -> QuerySet[HumanDelegation]:
        """The database cuts long texts."""
        start = Left(KeyTextTransform("text", "input"), LEAD + 1)
        rows = desk.handed_to(staff_of(request)).select_related("conversation", "owner", "taken_by")
        return rows.annotate(start=start).defer(*LARGE)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Of those that wait the one with the least time left comes first."""
        default = "all" if request.GET.get("q") else "waiting"
        return self.ordering if request.GET.get("state", default) in {"all", "over"} else ("deadline", "pk")

    @admin.display(description="task")
    def lead(self, row: Any) -> str:
        start: str = row.start or row.skill or "(no text)"
        return format_html('<span class="lead-text">{}</span>', f"{start[:LEAD]}..." if len(start) > LEAD else start)

    @admin.display(description="expert")
    def expert_name(self, row: HumanDelegation) -> str:
        return row.name
