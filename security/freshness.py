"""What cannot be undone takes a password given just now: a stolen token, or a desk left open, is not enough."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from project.errors import Forbidden
from security import limits, lockout
from security.models import Session, User

KEY: Final = "key"


class FreshAuthenticationRequired(Forbidden):
    code = "fresh_authentication_required"
    title = "This takes a password given just now"


class WrongPassword(Forbidden):
    """No 401: the session is good, and clients would throw it away."""

    code = "wrong_password"
    title = "The password is wrong"


def require_fresh(session: Session) -> None:
    """:raises FreshAuthenticationRequired: unless the password was given in this session a short while ago."""
    if session.kind == KEY or not is_fresh(session.id):
        raise FreshAuthenticationRequired(
            f"Send the password to POST /api/v1/auth/fresh, then repeat this within {settings.FRESH_SECONDS} seconds."
        )


def is_fresh(session_id: UUID | str) -> bool:
    """By the row: who holds a session may have read it before the password was given, or before it was ended."""
    now = timezone.now()
    since = now - timedelta(seconds=settings.FRESH_SECONDS)
    return Session.objects.open(now).filter(id=session_id, authenticated_at__gte=since).exists()


def confirm(request: HttpRequest, session: Session, password: str, pointer: str) -> User:
    """Make a session fresh. Returns its user as the password was checked against.

    :raises WrongPassword: with `pointer`. :raises RateLimited: when too many passwords were tried.
    """
    limits.spend("confirm", session.id, *settings.LIMITS["confirm"])
    user = lockout.verify(request, session.user.username, password)
    if user is None or user.id != session.user_id:
        wrong = {"pointer": pointer, "code": WrongPassword.code, "detail": WrongPassword.title}
        raise WrongPassword(errors=[wrong])
    Session.objects.filter(id=session.id).update(authenticated_at=timezone.now())
    return user
