"""The admin's sign-in page, and who is sent there again before what cannot be undone."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.forms import AuthenticationForm

from security import freshness, passwords, staff
from security.sessions import WrongCredentials

AGAIN = "again"
IRREVERSIBLE = {"delete_selected", "forget", "rotate_secret"}


class SignInForm(AuthenticationForm):
    def clean_password(self) -> str:
        """Without one, nothing is looked up and nothing computed."""
        return passwords.short_enough(self.cleaned_data["password"])


def must_sign_in_again(request: HttpRequest) -> bool:
    return _irreversible(request) and not freshness.is_fresh(request.session[staff.KEY])


def again(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back: a form that was sent is not sent twice."""
    messages.warning(request, "Give your password once more to do this.")
    to = urlencode({AGAIN: 1, "next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('admin:login')}?{to}")


def refused(request: HttpRequest, refusal: WrongCredentials) -> HttpResponse:
    """Back to the sign-in page. Of the sign-in that Django had begun nothing is left."""
    logout(request)
    messages.error(request, refusal.title)
    return HttpResponseRedirect(request.get_full_path())


def as_a_stranger(request: HttpRequest) -> None:
    """Django sends who is signed in away from the sign-in page."""
    if AGAIN in request.GET:
        request.user = AnonymousUser()


def _irreversible(request: HttpRequest) -> bool:
    """Pages that delete, and the one that sets somebody's password; of actions on a list, those named above.

    A list has its field of actions twice, and which one Django runs is for the form to say: either counts.
    """
    page = (request.resolver_match and request.resolver_match.url_name) or ""
    return page.endswith(("_delete", "_user_password_change")) or not IRREVERSIBLE.isdisjoint(
        request.POST.getlist("action")
    )
