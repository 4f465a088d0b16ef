"""RFC 9457 `application/problem+json` for every error below /api/, whoever raised it."""

import logging
from collections.abc import Iterator
from typing import Any, Final

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from project import errors, logs

logger = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
FROM_FRAMEWORK: Final[tuple[tuple[type[Exception], type[errors.SwitchboardError]], ...]] = (
    (Http404, errors.NotFound),
    (exceptions.NotFound, errors.NotFound),
    (PermissionDenied, errors.Forbidden),
    (exceptions.PermissionDenied, errors.Forbidden),
    (exceptions.NotAuthenticated, errors.Unauthenticated),
    (exceptions.AuthenticationFailed, errors.Unauthenticated),
    (exceptions.ParseError, errors.BadRequest),
)


class MethodNotAllowed(errors.SwitchboardError):
    code = "method_not_allowed"
    status = 405
    title = "This path does not take that method"


class NotAcceptable(errors.SwitchboardError):
    code = "not_acceptable"
    status = 406
    title = "This path cannot answer in the form asked for"


class UnsupportedMediaType(errors.SwitchboardError):
    code = "unsupported_media_type"
    status = 415
    title = "The body must be application/json"


class Invalid(errors.Unprocessable):
    title = "Some fields are not valid"


def document(error: errors.SwitchboardError) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:switchboard:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": logs.request_id(),
    }
    if error.errors:
        body["errors"] = error.errors
    return body


def respond(error: errors.SwitchboardError) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(document(error)), status=error.status, content_type=CONTENT_TYPE, headers=error.headers
    )


def packed(error: errors.SwitchboardError) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of an answer that is sent without Django, under the request id that is bound."""
    body = orjson.dumps(document(error))
    headers = {
        "content-type": CONTENT_TYPE,
        "content-length": str(len(body)),
        "x-request-id": logs.request_id(),
        **error.headers,
    }
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()], body


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER. None lets an unknown error rise: it is logged and answered as 500."""
    known = translate(error)
    if known is None:
        return None
    set_rollback()
    return respond(known)


def translate(error: Exception) -> errors.SwitchboardError | None:
    if isinstance(error, errors.SwitchboardError):
        return error
    if isinstance(error, errors.DATABASE_OUTAGE):
        logger.warning("the database did not answer", exc_info=error)
        return errors.Unavailable("The database did not answer; try again.")
    if isinstance(error, exceptions.ValidationError):
        return Invalid(errors=list(_pointers(error.get_full_details(), "")))
    if isinstance(error, exceptions.MethodNotAllowed):
        return MethodNotAllowed(str(error.detail))
    if isinstance(error, exceptions.UnsupportedMediaType):
        return UnsupportedMediaType()
    if isinstance(error, exceptions.NotAcceptable):
        return NotAcceptable(str(error.detail))
    return next((ours(_detail(error)) for theirs, ours in FROM_FRAMEWORK if isinstance(error, theirs)), None)


def _detail(error: Exception) -> str:
    return str(error.detail) if isinstance(error, exceptions.APIException) else ""


def _pointers(details: Any, pointer: str) -> Iterator[dict[str, str]]:
    """DRF's tree of messages as a flat list of JSON pointers (RFC 6901)."""
    if isinstance(details, dict) and isinstance(details.get("message"), str):  # else a field of that name
        yield {"pointer": pointer, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for key, inner in details.items():
            escaped = str(key).replace("~", "~0").replace("/", "~1")
            yield from _pointers(inner, pointer if key == "non_field_errors" else f"{pointer}/{escaped}")
    elif isinstance(details, list):
        nested = any(isinstance(inner, dict) and not isinstance(inner.get("message"), str) for inner in details)
        for index, inner in enumerate(details):
            yield from _pointers(inner, f"{pointer}/{index}" if nested else pointer)
