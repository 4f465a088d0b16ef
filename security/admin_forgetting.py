"""Forgetting what people said, from the list of users. It cannot be undone: a page in between says what goes."""

from typing import Final

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from project import erasure
from project.admin_pages import ConsoleAdmin
from security.models import User

PAGE: Final = "admin/security/forget.html"


class ForgettingAdmin(ConsoleAdmin):
    """Who may delete messages may. The account stays: `manage.py forget` does the same for one who said very much."""

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("contexts.delete_message")

    @admin.action(description="Forget what selected users said", permissions=["forget"])
    def forget(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        users = list(chosen.order_by("username"))
        if "sure" not in request.POST:
            shown = {"users": users, "checkbox": ACTION_CHECKBOX_NAME, "title": "Forget what they said"}
            return TemplateResponse(request, PAGE, {**self.admin_site.each_context(request), **shown})
        for user in users:
            gone = erasure.erase(user.id)
            told = ", ".join(f"{count} {noun}" for noun, count in gone.items())
            self.message_user(request, f"What {user.username} said is forgotten: {told}.", messages.SUCCESS)
        return None
