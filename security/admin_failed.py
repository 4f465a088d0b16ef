"""Failed sign-ins, as django-axes keeps them for a day: a row for each source on each account."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from project.admin_cells import moment
from project.admin_pages import ReadOnlyAdmin
from security import lockout
from security.models import FailedSignIn


class FailedSignInAdmin(ReadOnlyAdmin):
    list_display = ("username", "ip_address", "failures_since_start", moment("attempt_time"), "path_info")
    search_fields = ("username__exact",)
    search_ids = ("username",)
    search_help_text = "What was given as username"
    actions = ("let_in",)
    fieldsets = ((None, {"fields": list_display}),)

    def has_let_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.delete_failedsignin")

    @admin.action(description="Let these try again", permissions=["let"])
    def let_in(self, request: HttpRequest, queryset: QuerySet[FailedSignIn]) -> None:
        chosen = list(queryset.values_list("username", "ip_address"))
        for username, source in chosen:
            lockout.release(username, source)
        noun = "source" if len(chosen) == 1 else "sources"
        self.message_user(request, f"{len(chosen)} {noun} may try again.", messages.SUCCESS)
