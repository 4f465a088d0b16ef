"""Middleware of every page and endpoint. Streams do not pass here: `dispatch/doors.py` does the same for them."""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from project import logs
from project.ids import new_id

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
CONSOLE_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The admin theme evaluates Alpine expressions and sets styles inline (PITFALLS 42): only staff load it.
ADMIN_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# Swagger UI sets styles inline; its scripts are files.
DOCS_POLICY: Final = CONSOLE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
POLICIES: Final = (("/admin/", ADMIN_POLICY), ("/api/v1/docs", DOCS_POLICY), ("", CONSOLE_POLICY))


def well_formed_request_id(offered: str) -> str:
    """The client's id if it is well formed, else a new one."""
    return offered if REQUEST_ID.fullmatch(offered) else str(new_id())


def request_context(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = well_formed_request_id(request.headers.get("X-Request-ID", ""))
        began = time.monotonic()
        with logs.bind(request_id=request_id):
            response = get_response(request)
            spent = (time.monotonic() - began) * 1000
            # Without the query string: it may hold a ticket. Escaped: a line break in it would begin a line of its own.
            method, path = escape_uri_path(request.method or ""), escape_uri_path(request.path)
            logger.info("%s %s %d in %d ms", method, path, response.status_code, spent)
            request.log_context = logs.snapshot()  # type: ignore[attr-defined]
        response["X-Request-ID"] = request_id
        return response

    return middleware


def content_security_policy(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = next(policy for prefix, policy in POLICIES if request.path_info.startswith(prefix))
        response.setdefault("Content-Security-Policy", policy)
        return response

    return middleware
