"""Flags: what detectors saw, newest first, until somebody has looked into it."""

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from project.admin_cells import badge, facts, list_link, moment, short
from project.admin_pages import ReadOnlyAdmin
from security import flags
from security.models import Flag

PAGES: Final = {"session": "security_session", "user": "security_user", "message": "contexts_message"}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Flag]") -> list[tuple[str, str]]:
        return [("open", "open"), ("resolved", "resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        if self.value() == "open":
            return queryset.filter(resolved_at=None)
        return queryset.filter(resolved_at__isnull=False) if self.value() == "resolved" else queryset


class FlagAdmin(ReadOnlyAdmin):
    list_display = ("detector", "about", "user", "score", "state", moment("created_at"), "resolved_by")
    list_select_related = ("user", "resolved_by")
    list_filter = (StateFilter,)
    search_fields = ("user__username__exact",)
    search_ids = ("pk", "subject_id", "user")
    search_help_text = "Username, or id of a flag, user, session or message"
    actions = ("resolve",)
    fieldsets = (
        (None, {"fields": ("id", "detector", "about", "user", "score", "state")}),
        ("Evidence", {"fields": ("found",)}),
        ("Time", {"fields": (moment("created_at"), moment("resolved_at"), "resolved_by")}),
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        """Open ones are few: they have an index of their own, by time."""
        return ("-created_at", "-pk") if request.GET.get("state") == "open" else self.ordering

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.change_flag")

    @admin.action(description="Resolve selected flags", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[Flag]) -> None:
        resolved = flags.resolve(queryset, request.user)  # type: ignore[arg-type]  # staff are signed in
        noun = "flag was" if resolved == 1 else "flags were"
        self.message_user(request, f"{resolved} {noun} resolved.", messages.SUCCESS)

    @admin.display(description="about")
    def about(self, flag: Flag) -> str:
        return list_link(PAGES[flag.subject], flag.subject_id, f"{flag.subject} {short(flag.subject_id)}")

    @admin.display(description="state")
    def state(self, flag: Flag) -> str:
        return badge("resolved", "success") if flag.resolved_at else badge("open", "warning")

    @admin.display(description="evidence")
    def found(self, flag: Flag) -> str:
        return facts(flag.evidence)
