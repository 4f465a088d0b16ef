"""Who may not try a password any more. django-axes asks before each one, at every door, and keeps the record.

Axes itself counts a failure once the password has been looked at: guesses at the same moment all pass. So each attempt
is counted before, in rows of `security/limits.py`, and a success forgives. Three counts, none of which lets a stranger
keep somebody out: of a source, of a source on one account, and of an account from wherever it was not used before.
"""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import F
from django.http import HttpRequest

from security import limits, sources
from security.limits import RateLimited
from security.models import FailedSignIn, Session, User


def verify(request: HttpRequest, username: str, password: str) -> User | None:
    """Whose password this is: nobody's for unknown, wrong and inactive, after the same work.

    :raises RateLimited: known or not, right or wrong.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        return None
    AxesProxyHandler.user_logged_in(sender=User, request=request, user=user)
    return user


def release(username: str, source: str | None) -> int:
    """Let a source try an account again. Returns how many records of failures that removed."""
    count: int = FailedSignIn.objects.filter(username=username, ip_address=source).delete()[0]
    limits.forget("lockout", _pair(username, source))
    return count


class Lockout(AxesDatabaseHandler):
    """Named by `settings.AXES_HANDLER`. A refusal is raised, so that every door answers it as any other."""

    def is_locked(self, request: Any, credentials: dict[str, str] | None = None) -> bool:
        """Asked once for each password, before it is looked at: to ask is to count."""
        source, username = request.axes_ip_address, (credentials or {}).get("username", "")
        limits.spend("sign_in", source, *settings.LIMITS["sign_in"])
        limits.spend("lockout", _pair(username, source), *settings.LIMITS["lockout"])
        try:
            limits.spend("account", username, *settings.LIMITS["account"])
        except RateLimited:
            if not _familiar(username, request):
                raise
        return False

    def user_login_failed(self, sender: object, credentials: dict[str, str], request: Any = None, **_: Any) -> None:
        """One row for a source on an account, however often and with whatever headers: axes' own would grow."""
        tried = {"username": credentials["username"], "ip_address": request.axes_ip_address, "user_agent": ""}
        now, path = request.axes_attempt_time, request.axes_path_info
        attempt, first = FailedSignIn.objects.get_or_create(
            **tried, defaults={"failures_since_start": 1, "path_info": path}
        )
        if not first:
            again = {"failures_since_start": F("failures_since_start") + 1, "attempt_time": now, "path_info": path}
            FailedSignIn.objects.filter(pk=attempt.pk).update(**again)

    def clean_expired_user_attempts(self, request: Any = None, credentials: dict[str, str] | None = None) -> int:
        """Not in the middle of a sign-in: a periodic job removes them."""
        return 0

    def reset_user_attempts(self, request: Any, credentials: dict[str, str] | None = None) -> int:
        """After a success: axes calls it for the admin's sign-in, `verify()` for the others."""
        return release((credentials or {}).get("username", ""), request.axes_ip_address)

    def reset_attempts(self, **chosen: Any) -> int:
        """What axes' commands call."""
        known = set(FailedSignIn.objects.values_list("username", "ip_address"))
        count: int = super().reset_attempts(**chosen)
        for username, source in known - set(FailedSignIn.objects.values_list("username", "ip_address")):
            release(username, source)
        return count


def _pair(username: str, source: str | None) -> tuple[str, str | None]:
    return username, source


def _familiar(username: str, request: HttpRequest) -> bool:
    """Whether the account was signed in to from this network before: others may have used up what strangers have."""
    network = sources.coarse_source_of(request)
    return bool(network) and Session.objects.filter(user__username=username, address=network).exists()
