"""The admin as one site."""

from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.sites import UnfoldAdminSite

from security import sessions, staff
from security.models import Session, User


class StaffSite(UnfoldAdminSite):
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A changed password ends the user's sessions, all but the one that has just proved to know it."""
        with transaction.atomic():
            response: HttpResponse = super().password_change(request, extra_context)
            if response.status_code == 302 and isinstance(request.user, User):
                this = request.session[staff.KEY]
                others = Session.objects.filter(user=request.user).exclude(id=this)
                sessions.end(others, "password_changed")
        return response

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Pages by name. The theme's own keeps objects in the cache, which Redis cannot hold as JSON."""
        term = request.GET.get("s", "").strip().lower()
        found = Paginator(self._search_apps(self.get_app_list(request), term) if term else [], per_page=100)
        shown = {"page_obj": found, "results": found.page(1), "page_counter": 0, "execution_time": 0}
        return TemplateResponse(request, "unfold/helpers/command_results.html", shown)
