"""Sessions and revoked tokens: looked at, ended, added; never edited."""

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from project import bus
from project.admin_cells import badge, moment, short
from project.admin_pages import ConsoleAdmin, ReadOnlyAdmin
from security import sessions
from security.models import RevokedToken, Session

COLOURS = {"live": "success", "expired": "warning", "ended": "danger"}


def state_of(session: Session, now: datetime) -> str:
    if session.ended_at:
        return "ended"
    in_time = session.expires_at > now and session.idle_until > now
    return "live" if in_time and session.user.is_active else "expired"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Session]") -> list[tuple[str, str]]:
        return [(state, state) for state in COLOURS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        if self.value() == "live":
            return queryset.filter(id__in=Session.objects.live().values("id"))
        if self.value() == "expired":
            return queryset.filter(ended_at=None).exclude(id__in=Session.objects.live().values("id"))
        return queryset.exclude(ended_at=None) if self.value() == "ended" else queryset


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
        (None, {"fields": ("id", "user", "kind", "state", "end_reason", "active_workspace", "risk", "generation")}),
        ("Device", {"fields": ("device", "user_agent", "address")}),
        (
            "Time",
            {"fields": tuple(map(moment, ("created_at", "last_used_at", "idle_until", "expires_at", "ended_at")))},
        ),
    )

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.change_session")

    @admin.action(description="End selected sessions", permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        # Rows are locked to be ended: without the joins of the list, so that only sessions are.
        self._end(request, Session.objects.filter(id__in=queryset.order_by().values("id")))

    @admin.action(description="End all sessions of these users", permissions=["end"])
    def end_all_of_users(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        self._end(request, Session.objects.filter(user__in=queryset.order_by().values("user")))

    def _end(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        ended = sessions.end(chosen, "staff", {"kind": "staff", "id": str(request.user.pk)})
        noun = "session was" if ended == 1 else "sessions were"
        self.message_user(request, f"{ended} {noun} ended.", messages.SUCCESS)

    @admin.display(description="session")
    def ending(self, session: Session) -> str:
        return short(session.id)

    @admin.display(description="state")
    def state(self, session: Session) -> str:
        state = state_of(session, timezone.now())
        return badge(state, COLOURS[state])


class RevokedTokenAdmin(ConsoleAdmin):
    """A revocation stands: it can be added, not changed or taken back."""

    list_display = ("jti", "user", "reason", "actor", moment("revoked_at"), moment("expires_at"))
    list_select_related = ("user", "actor")
    ordering = ("-revoked_at",)  # the key is the token's, not ours: it says nothing about time
    search_fields = ("user__username__exact",)
    search_ids = ("pk", "user")
    search_help_text = "Token id (jti), username, or id of a user"
    autocomplete_fields = ("user",)
    fields = ("jti", "user", "reason", "expires_at")

    def has_change_permission(self, request: HttpRequest, obj: RevokedToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RevokedToken | None = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """No token of ours lives longer than its session may."""
        return {
            "expires_at": timezone.now() + settings.SESSION_LIFETIME,
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request: HttpRequest, obj: RevokedToken, form: Any, change: bool) -> None:
        obj.actor_id = request.user.pk
        super().save_model(request, obj, form, change)
        transaction.on_commit(partial(bus.ring, "session", obj.jti))  # who holds something open looks now
