"""The admin as one site."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from project.errors import SwitchboardError
from security import staff, staff_signin
from security.limits import RateLimited
from security.models import Session
from security.password_forms import OwnPassword
from security.passwords import PasswordChangedMeanwhile
from security.sessions import WrongCredentials

View = Callable[..., HttpResponse]


class StaffSite(UnfoldAdminSite):
    login_form = staff_signin.SignInForm

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Every page. What cannot be undone is behind a password given just now."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if staff_signin.must_sign_in_again(request):
                return staff_signin.again(request)
            return view(request, *args, **kwargs)

        admitted: View = super().admin_view(guarded, cacheable)
        return admitted

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        staff_signin.as_a_stranger(request)
        try:
            response: HttpResponse = super().login(request, extra_context)
        except WrongCredentials as refusal:
            return staff_signin.refused(request, refusal)
        except RateLimited as refusal:
            return _refused(request, refusal)
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """A changed password ends the user's sessions, all but the one that has just proved to know it."""
        session = Session.objects.select_related("user").get(id=request.session[staff.KEY])
        page = PasswordChangeView.as_view(
            form_class=partial(OwnPassword, request, session),
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        request.current_app = self.name
        try:
            return page(request)
        except (RateLimited, PasswordChangedMeanwhile) as refusal:
            return _refused(request, refusal)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Pages by name. The theme's own keeps objects in the cache, which Redis cannot hold as JSON."""
        term = request.GET.get("s", "").strip().lower()
        found = Paginator(self._search_apps(self.get_app_list(request), term) if term else [], per_page=100)
        shown = {"page_obj": found, "results": found.page(1), "page_counter": 0, "execution_time": 0}
        return TemplateResponse(request, "unfold/helpers/command_results.html", shown)


def _refused(request: HttpRequest, refusal: SwitchboardError) -> HttpResponse:
    response = render(request, "error.html", {"error": refusal}, status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response
