"""Errors that become answers: each has a code, a status and a title; the detail says what would have worked.

SwitchboardError 500
├── BadRequest 400
├── Unauthenticated 401
├── Forbidden 403
├── NotFound 404         foreign and unknown ids alike
├── Conflict 409
├── TooLarge 413
├── Unprocessable 422
├── TooMany 429
└── Unavailable 503      carries Retry-After
"""

from collections.abc import Sequence
from typing import ClassVar

from django.db import InterfaceError, OperationalError

DATABASE_OUTAGE = (OperationalError, InterfaceError)


class SwitchboardError(Exception):
    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    headers: dict[str, str] = {}

    def __init__(self, detail: str = "", errors: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)


class BadRequest(SwitchboardError):
    code = "bad_request"
    status = 400
    title = "The request could not be read"


class Unauthenticated(SwitchboardError):
    code = "not_authenticated"
    status = 401
    title = "Sign in first"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard"'}


class Forbidden(SwitchboardError):
    code = "forbidden"
    status = 403
    title = "Your role does not allow this"


class NotFound(SwitchboardError):
    code = "not_found"
    status = 404
    title = "There is nothing here that you may see"


class Conflict(SwitchboardError):
    code = "conflict"
    status = 409
    title = "The request does not fit the present state"


class TooLarge(SwitchboardError):
    code = "too_large"
    status = 413
    title = "The request is too large"


class Unprocessable(SwitchboardError):
    code = "invalid"
    status = 422
    title = "The request was understood but cannot be accepted"


class TooMany(SwitchboardError):
    code = "too_many"
    status = 429
    title = "Too many requests"
    headers = {"Retry-After": "1"}


class Unavailable(SwitchboardError):
    code = "unavailable"
    status = 503
    title = "A part that this request needs is away; try again"
    headers = {"Retry-After": "1"}
