"""Sessions: looked at and ended; never edited."""

from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from project.admin_cells import badge, list_link, moment, short
from project.admin_pages import ReadOnlyAdmin
from security import sessions
from security.models import Flag, Session

COLOURS: Final = {"live": "success", "expired": "warning", "ended": "danger"}
# Each in an order that an index has: few rows of a kind are found among many others.
ORDERS: Final = {
    "live": ("-idle_until", "-pk"),
    "expired": ("-idle_until", "-pk"),
    "ended": ("-ended_at", "-pk"),
}


def state_of(session: Session, now: datetime) -> str:
    if session.ended_at:
        return "ended"
    in_time = session.expires_at > now and session.idle_until > now
    return "live" if in_time and session.user.is_active else "expired"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Session]") -> list[tuple[str, str]]:
        return [*((state, state) for state in COLOURS), ("flagged", "flagged, not resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        now = timezone.now()
        live = {"expires_at__gt": now, "idle_until__gt": now, "user__is_active": True}
        if self.value() == "live":
            return queryset.filter(ended_at=None, **live)
        if self.value() == "expired":
            return queryset.filter(ended_at=None).exclude(**live)
        if self.value() == "flagged":
            return queryset.filter(id__in=Flag.objects.filter(resolved_at=None, subject="session").values("subject_id"))
        return queryset.filter(ended_at__isnull=False) if self.value() == "ended" else queryset


class SessionAdmin(ReadOnlyAdmin):
    list_display = (
        "ending",
        "user",
        "kind",
        "device",
        "address",
        moment("created_at"),
        moment("last_used_at"),
        "state",
        "end_reason",
    )
    list_select_related = ("user",)
    list_filter = (StateFilter, "kind")
    search_fields = ("user__username__exact",)
    search_ids = ("pk", "user")
    search_help_text = "Username, or id of a session or user"
    actions = ("end_selected", "end_all_of_users")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "user",
                    "kind",
                    "state",
                    "end_reason",
                    "active_workspace",
                    "risk",
                    "flags",
                    "generation",
                )
            },
        ),
        ("Device", {"fields": ("device", "user_agent", "address")}),
        (
            "Time",
            {"fields": tuple(map(moment, ("created_at", "last_used_at", "idle_until", "expires_at", "ended_at")))},
        ),
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        return ORDERS.get(request.GET.get(StateFilter.parameter_name, ""), self.ordering)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.change_session")

    @admin.action(description="End selected sessions", permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        # Rows are locked to be ended: without the joins of the list, so that only sessions are.
        chosen = Session.objects.filter(id__in=queryset.order_by().values("id"))
        self._tell(request, sessions.end(chosen, "staff", _staff(request)))

    @admin.action(description="End all sessions of these users", permissions=["end"])
    def end_all_of_users(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        users = set(queryset.order_by().values_list("user", flat=True))
        self._tell(request, sessions.end_all_of(users, "staff", _staff(request)))

    def _tell(self, request: HttpRequest, ended: int) -> None:
        noun = "session was" if ended == 1 else "sessions were"
        self.message_user(request, f"{ended} {noun} ended.", messages.SUCCESS)

    @admin.display(description="session")
    def ending(self, session: Session) -> str:
        return short(session.id)

    @admin.display(description="state")
    def state(self, session: Session) -> str:
        state = state_of(session, timezone.now())
        return badge(state, COLOURS[state])

    @admin.display(description="flags")
    def flags(self, session: Session) -> str:
        return list_link("security_flag", session.id, "flags of this session")


def _staff(request: HttpRequest) -> dict[str, str]:
    return {"kind": "staff", "id": str(request.user.pk)}
