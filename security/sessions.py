"""Sessions: begin, identify, refresh, end. Every check reads the row; an unreadable row is a 503, never an allow."""

import logging
from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Exists, F, QuerySet
from django.utils import timezone

from project import bus, logs
from project.errors import Unauthenticated
from security import tokens
from security.models import RevokedToken, Session, SessionQuerySet, User

logger = logging.getLogger(__name__)

USE_RESOLUTION: Final = timedelta(seconds=60)  # `last_used_at` is written at most once in this time


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = "The username or the password is wrong"


class SessionEnded(Unauthenticated):
    code = "session_ended"
    title = "The session has ended; sign in again"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard", error="invalid_token"'}


class TokenReused(SessionEnded):
    code = "token_reused"
    title = "The refresh token was used before; its session has been ended"


@dataclass(frozen=True)
class Device:
    """What a sign-in tells about where it comes from."""

    name: str = ""
    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True)
class Identity:
    """Who asks, and through which session."""

    user: User
    session: Session


def sign_in(username: str, password: str, device: Device) -> Session:
    """:raises WrongCredentials: unknown, wrong and inactive alike, after the same work."""
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise WrongCredentials()
    return begin(user, device)


def begin(user: User, device: Device, kind: str = "token") -> Session:
    now = timezone.now()
    return Session.objects.create(
        user=user,
        kind=kind,
        device=device.name[:200],
        user_agent=device.user_agent[:300],
        address=device.address[:64],
        idle_until=now + settings.SESSION_IDLE,
        expires_at=now + settings.SESSION_LIFETIME,
    )


def identify(raw: str) -> Identity:
    """Who presents this access token.

    :raises TokenInvalid: when it is no access token of ours. :raises SessionEnded: when its session is over.
    """
    session = _named_by(tokens.read(raw, tokens.AccessToken)).live().select_related("user").first()
    if session is None:
        raise SessionEnded()
    return recognise(session)


def recognise(session: Session) -> Identity:
    """Note the use of a live session and bind it to the log."""
    if unnoted(session):
        now = timezone.now()
        row = Session.objects.open(now).filter(id=session.id)  # one that fell idle meanwhile stays so
        row.update(last_used_at=now, idle_until=now + settings.SESSION_IDLE)
        session.last_used_at = now
    logs.add(session_id=session.id, user_id=session.user_id)
    return Identity(session.user, session)


def unnoted(session: Session) -> bool:
    """Whether a use of it now is to be written down."""
    return session.last_used_at < timezone.now() - USE_RESOLUTION


def refresh(raw: str) -> Session:
    """Exchange a refresh token: of any number of parallel uses one advances the generation, the others see it done.

    :raises TokenInvalid: when it is no refresh token of ours. :raises TokenReused: when its successor is in use.
    """
    claims = tokens.read(raw, tokens.RefreshToken)
    now = timezone.now()
    own = _named_by(claims)
    own.open(now).filter(generation=claims.generation).update(
        generation=F("generation") + 1, rotated_at=now, last_used_at=now, idle_until=now + settings.SESSION_IDLE
    )
    session = own.live(now).select_related("user").first()
    if session is None:
        raise SessionEnded()
    if session.generation != claims.generation + 1 or session.rotated_at < now - settings.REFRESH_GRACE:
        logger.warning("a refresh token was used again")
        end(own, "token_reused")
        raise TokenReused()
    recognise(session)
    return session


def end(sessions: "QuerySet[Session]", reason: str) -> int:
    """End sessions now and wake whoever holds streams of theirs. Returns how many were open."""
    with transaction.atomic():
        ids = list(sessions.filter(ended_at=None).select_for_update().values_list("id", flat=True))
        Session.objects.filter(id__in=ids).update(ended_at=timezone.now(), end_reason=reason)
        for id in ids:
            transaction.on_commit(partial(bus.ring, "session", id))
    return len(ids)


def over(ids: "set[UUID]", staff: "Set[UUID]" = frozenset()) -> dict[UUID, str]:
    """Which of these sessions are over, and whether `revoked` or `expired`; `demoted`: of `staff`, and staff no more.

    One query for all streams of a process.
    """
    now = timezone.now()
    kept = Session.objects.filter(id__in=ids, ended_at=None, user__is_active=True)
    rows = list(kept.values_list("id", "idle_until", "expires_at", "user__is_staff"))
    ends = {id: min(idle, end) for id, idle, end, _ in rows}
    demoted = {id: "demoted" for id, _, _, is_staff in rows if id in staff and not is_staff}
    return demoted | {id: "expired" if id in ends else "revoked" for id in ids if ends.get(id, now) <= now}


def _named_by(claims: tokens.Claims) -> SessionQuerySet:
    """The session of a token, unless the token is revoked."""
    revoked = RevokedToken.objects.filter(jti=claims.jti)
    sessions: SessionQuerySet = Session.objects.filter(~Exists(revoked), id=claims.session, user_id=claims.user)
    return sessions
