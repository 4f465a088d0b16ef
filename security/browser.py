"""The browser's refresh cookie: unreadable to scripts, sent to our own pages only, taken only with our own Origin."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from project.errors import Forbidden

DEVICE: Final = "browser"
PLAIN_NAME: Final = "switchboard_refresh"


class ForeignOrigin(Forbidden):
    code = "foreign_origin"
    title = "Cookies are taken only from this site's own pages"


def cookie_name() -> str:
    """`__Host-` needs Secure, which loopback HTTP cannot have."""
    return f"__Host-{PLAIN_NAME}" if settings.HTTPS else PLAIN_NAME


def keep(response: HttpResponseBase, refresh: str) -> None:
    response.set_cookie(
        cookie_name(),
        refresh,
        max_age=int(settings.SESSION_LIFETIME.total_seconds()),
        path="/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(cookie_name(), path="/", samesite="Strict")


def check_origin(request: HttpRequest) -> None:
    """:raises ForeignOrigin: when the request does not say that it comes from our own pages."""
    origin = request.headers.get("Origin", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    if origin.partition("://")[2] != request.get_host():
        raise ForeignOrigin("Send the request from a page of this site, with its Origin header.")
