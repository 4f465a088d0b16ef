"""API keys: looked at and revoked; made by their users alone. The keys themselves are nowhere."""

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from project import keyform
from project.admin_cells import NOTHING, badge, moment
from project.admin_pages import ReadOnlyAdmin
from security import keyring
from security.models import ApiKey

COLOURS = {"live": "success", "expired": "warning", "revoked": "danger"}


def state_of(key: ApiKey, now: datetime) -> str:
    if key.session.ended_at:
        return "revoked"
    return "live" if key.session.expires_at > now and key.session.user.is_active else "expired"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[ApiKey]") -> list[tuple[str, str]]:
        return [(state, state) for state in COLOURS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        good = Q(session__expires_at__gt=timezone.now(), session__user__is_active=True)
        states = {
            "live": Q(session__ended_at=None) & good,
            "expired": Q(session__ended_at=None) & ~good,
            "revoked": Q(session__ended_at__isnull=False),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = (
        "prefix",
        "name",
        "owner",
        "workspace",
        "allowed",
        "state",
        moment("last_used_at"),
        moment("created_at"),
    )
    list_select_related = ("session__user", "workspace")
    list_filter = (StateFilter,)
    search_fields = ("session__user__username__exact",)
    search_ids = ("pk", "session", "workspace")
    search_help_text = "How the key begins, username, or id of a key, session or workspace"
    actions = ("revoke_selected",)
    fieldsets = (
        (None, {"fields": ("id", "prefix", "name", "owner", "workspace", "allowed", "state", "ended")}),
        ("Time", {"fields": tuple(map(moment, ("created_at", "last_used_at", "expires_at")))}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ApiKey], search_term: str
    ) -> tuple[QuerySet[ApiKey], bool]:
        """Usernames and beginnings apart: one condition on both would read every row."""
        if keyform.is_meant(search_term.strip()):
            return queryset.filter(prefix=keyform.prefix(search_term.strip())), False
        return super().get_search_results(request, queryset, search_term)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.change_apikey")

    @admin.action(description="Revoke selected keys", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        chosen = ApiKey.objects.filter(id__in=queryset.order_by().values("id"))
        revoked = keyring.revoke(chosen, "staff", {"kind": "staff", "id": str(request.user.pk)})
        self.message_user(request, f"{revoked} {'key was' if revoked == 1 else 'keys were'} revoked.", messages.SUCCESS)

    @admin.display(description="user")
    def owner(self, key: ApiKey) -> str:
        return key.session.user.username

    @admin.display(description="scopes")
    def allowed(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        state = state_of(key, timezone.now())
        return badge(state, COLOURS[state])

    @admin.display(description="why it ended")
    def ended(self, key: ApiKey) -> str:
        return key.session.end_reason or NOTHING
