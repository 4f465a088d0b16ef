"""Who stands at the door of a stream: by bearer token, by one-time ticket, or by the cookie that a ticket left."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.core import signing

from contexts import conversations
from dispatch import wanted
from dispatch.wanted import Wanted
from project import log
from project.cursors import Cursor, parse
from project.errors import NotFound, Unauthenticated
from project.middleware import well_formed_request_id
from project.models import Stream
from security import access, scopes, sessions, tickets
from security.authentication import bearer
from security.sessions import Identity
from security.tickets import TicketInvalid

COOKIE: Final = "switchboard_stream"
SALT: Final = "switchboard.stream"
FORM: Final = "Streams are `conversation:<id>`, `workspace:<id>` and `staff`."


@dataclass(frozen=True)
class Caller:
    """What an ASGI scope says of who connects."""

    path: str
    headers: dict[str, str]
    query: dict[str, str]

    @property
    def request_id(self) -> str:
        return well_formed_request_id(self.headers.get("x-request-id", ""))

    def cursor(self) -> Cursor | None:
        """`Last-Event-ID` wins over `?after=`.

        :raises MalformedCursor: when it has not the form of one.
        """
        text = self.headers.get("last-event-id") or self.query.get("after")
        return parse(text) if text else None

    @property
    def wanted(self) -> Wanted | None:
        """:raises UnknownEventType: when `?types=` names one that there is not."""
        return wanted.parse(self.query.get("types"))


@dataclass(frozen=True)
class Entrance:
    """Who came in. `cookie` is a `Set-Cookie` value for the browser's own reconnects, after a ticket."""

    identity: Identity
    cookie: str | None = None


def caller(scope: Mapping[str, Any]) -> Caller:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query_string = scope["query_string"].decode("latin-1")
    query = parse_qs(query_string)
    last = {name: values[-1] for name, values in query.items()}
    types = wanted.in_query(parse_qs(query_string, keep_blank_values=True).get("types", []))
    if types is not None:
        last["types"] = types
    return Caller(scope["path"], headers, last)


def enter(caller: Caller) -> Entrance:
    """:raises Unauthenticated: or a subclass, when nothing that was shown opens this door."""
    raw = bearer(caller.headers.get("authorization", ""))
    if raw:
        return Entrance(sessions.identify(raw))
    if "ticket" in caller.query:
        return _by_ticket(caller)
    return Entrance(_by_cookie(caller))


def stream_key(asked: str) -> str:
    """An id has many spellings, the key of a log has one.

    :raises NotFound: unless it has the form of a key.
    """
    if asked == log.STAFF:
        return asked
    topic, _, id = asked.partition(":")
    try:
        key = UUID(id)
    except ValueError as error:
        raise NotFound(FORM) from error
    if topic not in {"conversation", "workspace"}:
        raise NotFound(FORM)
    return f"{topic}:{key}"


def check_stream(identity: Identity, asked: str) -> str:
    """The key of a log that the user may follow.

    :raises NotFound: unless there is one. :raises ScopeMissing: for an API key without `read`.
    """
    scopes.require(identity.user.grant, scopes.READ)
    stream = stream_key(asked)
    topic, _, id = stream.partition(":")
    if topic == "conversation":
        conversations.find(identity.user, UUID(id))
    elif topic == log.STAFF:
        access.require_staff(identity.user)
        log.open_staff()
    else:
        access.require(identity.user, UUID(id), access.READ)
    try:
        log.head(stream)
    except Stream.DoesNotExist as error:
        raise NotFound() from error
    return stream


def _cookie(identity: Identity, path: str) -> str:
    value = signing.dumps([str(identity.session.id), path], salt=SALT)
    secure = "; Secure" if settings.HTTPS else ""
    return f"{COOKIE}={value}; Path={path}; HttpOnly; SameSite=Strict{secure}"


def _by_ticket(caller: Caller) -> Entrance:
    """A browser's own EventSource comes back with the address it began with: its ticket is used, its cookie is good."""
    try:
        identity = tickets.redeem(caller.query["ticket"], caller.path)
    except TicketInvalid:
        if COOKIE not in caller.headers.get("cookie", ""):
            raise
        return Entrance(_by_cookie(caller))
    return Entrance(identity, _cookie(identity, caller.path))


def _by_cookie(caller: Caller) -> Identity:
    try:
        cookie = SimpleCookie(caller.headers.get("cookie", ""))[COOKIE].value
        session, path = signing.loads(cookie, salt=SALT)
    except (KeyError, CookieError, signing.BadSignature, ValueError) as error:
        raise Unauthenticated("Send `Authorization: Bearer`, or a ticket from POST /api/v1/auth/ticket.") from error
    if path != caller.path:
        raise Unauthenticated()
    return tickets.resume(UUID(session))
