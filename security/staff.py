"""The admin's sign-in is a Session too: its cookie holds the `sid`, checked on each page as every token is checked."""

from collections.abc import Callable
from typing import Final

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from project import logs
from security import sessions, sources
from security.models import Session, User
from security.sessions import Device, WrongCredentials

KEY: Final = "sid"


def check_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: below /admin/ a signed-in user whose session row is over is signed out before anything else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/admin/") and request.user.is_authenticated:
            sid = request.session.get(KEY)
            live = Session.objects.live().select_related("user")
            session = live.filter(id=sid, user=request.user).first() if sid else None
            if session is None:
                logout(request)
            else:
                sessions.recognise(session)
        return get_response(request)

    return middleware


def begin(sender: object, request: HttpRequest, user: User, **_: object) -> None:
    """Django's `user_logged_in`. A live session in which the password is given once more goes on, and is fresh.

    :raises WrongCredentials: while the password was looked at it was changed, or the user deactivated.
    """
    sid, now = request.session.get(KEY), timezone.now()
    with transaction.atomic():
        if not user.locked(password=user.password):
            raise WrongCredentials()
        if sid and Session.objects.open(now).filter(id=sid, user=user).update(authenticated_at=now):
            return
        session = sessions.begin(user, device_of(request, "admin"), kind="admin")
    request.session[KEY] = str(session.id)
    logs.add(session_id=session.id, user_id=user.id)


def finish(sender: object, request: HttpRequest, user: User | None, **_: object) -> None:
    """Django's `user_logged_out`."""
    sid = request.session.get(KEY)
    if sid:
        sessions.end(Session.objects.filter(id=sid), "logout", sessions.by_user(user.id) if user else None)


def device_of(request: HttpRequest, name: str) -> Device:
    return Device(name, request.headers.get("User-Agent", ""), sources.coarse_source_of(request))
