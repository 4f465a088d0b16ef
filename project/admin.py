"""The event log, as staff read it, and the periodic jobs."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from project.admin_cells import NOTHING, moment, page_link, pretty, seen_by, short, side_by_side
from project.admin_jobs import PeriodicJobAdmin
from project.admin_pages import ReadOnlyAdmin
from project.models import Event, PeriodicJob

FAMILIES = (
    "conversation",
    "message",
    "run",
    "delegation",
    "context",
    "member",
    "session",
    "flag",
    "integration",
    "cache",
    "alert",
)


class FamilyFilter(admin.SimpleListFilter):
    title = "type"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Event]") -> list[tuple[str, str]]:
        return [(family, f"{family}.*") for family in FAMILIES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(type__startswith=f"{self.value()}.") if self.value() else queryset


admin.site.register(PeriodicJob, PeriodicJobAdmin)
# Bells live for milliseconds and are not the work: staff would look for runs there in vain.
admin.site.unregister([model for model in admin.site._registry if model._meta.app_label == "procrastinate"])


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("type", "stream_key", "seq", moment("time"), "who")
    list_filter = (FamilyFilter,)
    search_fields = ("stream__key__startswith", "type__exact")
    search_ids = ("pk", "run", "message", "request_id")
    search_help_text = "Stream, type, or id of a conversation, workspace, run or message"
    fieldsets = (
        (None, {"fields": ("type", "stream_key", "seq", moment("time"), "who", "concerns", "seen_by", "request_id")}),
        ("Data", {"fields": ("data_as_json",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events: QuerySet[Event] = super().get_queryset(request).defer("data")
        return events

    def naming(self, id: UUID) -> Q:
        return super().naming(id) | Q(stream__in=[f"conversation:{id}", f"workspace:{id}"])

    @admin.display(description="stream")
    def stream_key(self, event: Event) -> str:
        return event.stream_id

    @admin.display(description="actor")
    def who(self, event: Event) -> str:
        return " ".join(str(event.actor.get(key, "")) for key in ("kind", "id")).strip() or NOTHING

    @admin.display(description="concerns")
    def concerns(self, event: Event) -> str:
        links = [("dispatch_run", event.run, "run"), ("contexts_message", event.message, "message")]
        return side_by_side(page_link(page, id, f"{noun} {short(id)}") for page, id, noun in links if id) or NOTHING

    @admin.display(description="seen by")
    def seen_by(self, event: Event) -> str:
        return seen_by(event.visible_to)

    @admin.display(description="data")
    def data_as_json(self, event: Event) -> str:
        return pretty(event.data)
