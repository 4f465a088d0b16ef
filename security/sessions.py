"""Sessions: begin, identify, recognise, end. Every check stands on a row read less than a second ago
(`security/recent.py`), else on the row; an unreadable row is a 503, never an allow.
"""

import logging
import time
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from project import bus, keyform, log, logs
from project.errors import Unauthenticated
from security import keys, lockout, tokens
from security.models import RevokedToken, Session, SessionQuerySet, User
from security.recent import recent

logger = logging.getLogger(__name__)

COUNTED: Final = ("token", "admin")  # kinds of which a user has few; keys are made on purpose, not by the way
USE_RESOLUTION: Final = timedelta(seconds=60)  # `last_used_at` is written at most once in this time


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = "The username or the password is wrong"


class SessionEnded(Unauthenticated):
    code = "session_ended"
    title = "The session has ended; sign in again"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard", error="invalid_token"'}


@dataclass(frozen=True)
class Device:
    """What a sign-in tells about where it comes from."""

    name: str = ""
    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True)
class Identity:
    """Who asks, and through which session. `user.grant` says what is open to an API key. `token`: the `jti` that was
    shown, if one was; streams end with it.
    """

    user: User
    session: Session
    token: UUID | None = field(default=None, compare=False)


def sign_in(request: HttpRequest, username: str, password: str, device: Device) -> Session:
    """:raises WrongCredentials: unknown, wrong and inactive alike, after the same work.
    :raises RateLimited: when too many passwords were tried.
    """
    user = lockout.verify(request, username, password)
    if user is None:
        raise WrongCredentials()
    with transaction.atomic():
        if not user.locked(password=user.password):
            raise WrongCredentials()  # while the password was looked at it was changed, and all sessions ended
        return begin(user, device)


def begin(user: User, device: Device, kind: str = "token") -> Session:
    """A new session. Of a user with too many the oldest one ends."""
    now = timezone.now()
    with transaction.atomic():
        if kind in COUNTED:
            _make_room(user)
        session: Session = Session.objects.create(
            user=user,
            kind=kind,
            device=device.name[:200],
            user_agent=device.user_agent[:300],
            address=device.address[:64],
            idle_until=now + settings.SESSION_IDLE,
            expires_at=now + settings.SESSION_LIFETIME,
        )
        tell_begin(session)
    return session


def tell_begin(session: Session) -> None:
    """Tell staff, in the transaction that makes it."""
    user = session.user
    told = {"session": str(session.id), "user": str(user.id), "username": user.username, "kind": session.kind}
    log.open_staff()
    log.append(log.STAFF, "session.began", told, log.About(actor=by_user(user.id)))


def identify(raw: str) -> Identity:
    """Who presents this access token or API key.

    :raises TokenInvalid: when it is no access token of ours. :raises SessionEnded: when its session is over.
    :raises KeyInvalid: when it was to be an API key.
    """
    if keyform.is_meant(raw):
        return recognise(keys.session_of(raw))
    claims = tokens.read(raw, tokens.AccessToken)
    return recognise(recent.find(claims) or _read(claims), claims.jti)


def recognise(session: Session, token: UUID | None = None) -> Identity:
    """Note the use of a live session and bind it to the log."""
    if unnoted(session):
        now = timezone.now()
        row = Session.objects.open(now).filter(id=session.id)  # one that fell idle meanwhile stays so
        row.update(last_used_at=now, idle_until=_idle_end(session, now))
        session.last_used_at = now
        recent.forget(str(session.id))  # else each request of this second would write it down once more
    logs.add(session_id=session.id, user_id=session.user_id)
    return Identity(keys.user_behind(session), session, token)


def unnoted(session: Session) -> bool:
    """Whether a use of it now is to be written down."""
    return session.last_used_at < timezone.now() - USE_RESOLUTION


def hold(session: Session) -> None:
    """For what is to outlive the session: until commit nobody ends all that its user has, and whoever did was first.

    :raises SessionEnded: then, and when it is over otherwise. It may have been recognised a while ago.
    """
    if not session.user.locked() or not Session.objects.open(timezone.now()).filter(id=session.id).exists():
        raise SessionEnded()


def by_user(id: UUID) -> dict[str, str]:
    """The actor of what users do to their own sessions."""
    return {"kind": "user", "id": str(id)}


def end(sessions: "QuerySet[Session]", reason: str, actor: "dict[str, str] | None" = None) -> int:
    """End sessions now, tell staff, and wake whoever holds streams of theirs. Returns how many were open.

    Rows are locked in one order, and before staff's log, so that no two that end the same wait for each other.
    """
    with transaction.atomic():
        chosen = sessions.filter(ended_at=None).order_by("pk").select_for_update()
        rows = list(chosen.values_list("id", "user_id", "kind"))
        # By the clock of the database, which is one: how long it takes effect is measured by it (`security/effect.py`).
        Session.objects.filter(id__in=[id for id, _, _ in rows]).update(ended_at=Now(), end_reason=reason)
        _tell_ends([{"session": str(id), "user": str(user), "kind": kind} for id, user, kind in rows], reason, actor)
        for id, _, _ in rows:
            transaction.on_commit(partial(bus.ring, "session", id))
    return len(rows)


def end_all_of(users: "set[UUID]", reason: str, actor: "dict[str, str]") -> int:
    """All of these users, keys too. What one of them is just making waits for it, or is seen by it: see `hold()`."""
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(id__in=users).order_by("pk").values_list("pk"))
        return end(Session.objects.filter(user__in=users), reason, actor)


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


def _idle_end(session: Session, now: datetime) -> datetime:
    """A key does not fall idle."""
    return session.expires_at if session.kind == keys.KIND else now + settings.SESSION_IDLE


def revoked_among(ids: "set[UUID]") -> "set[UUID]":
    """Which of these tokens are revoked."""
    return set(RevokedToken.objects.filter(jti__in=ids).values_list("jti", flat=True)) if ids else set()


def _make_room(user: User) -> None:
    """Let one more be the last of `settings.SESSIONS_PER_USER`. Sign-ins of a user queue up at the user's row."""
    User.objects.select_for_update(no_key=True).filter(id=user.id).only("id").first()
    if settings.SESSIONS_PER_USER < 1:
        return
    live = Session.objects.live().filter(user=user, kind__in=COUNTED)
    oldest_first = [id for _, id in sorted(live.values_list("created_at", "id"))]
    surplus = oldest_first[: 1 - settings.SESSIONS_PER_USER or None]
    if surplus:
        end(Session.objects.filter(id__in=surplus), "limit")


def named_by(claims: tokens.Claims) -> SessionQuerySet:
    """The session of a token, unless the token is revoked."""
    revoked = RevokedToken.objects.filter(jti=claims.jti)
    sessions: SessionQuerySet = Session.objects.filter(~Exists(revoked), id=claims.session, user_id=claims.user)
    return sessions


def _read(claims: tokens.Claims) -> Session:
    """:raises SessionEnded: when it is over, or the token is revoked."""
    asked_at = time.monotonic()
    session: Session | None = named_by(claims).live().select_related("user").first()
    if session is None:
        raise SessionEnded()
    recent.keep(claims, session, asked_at, claims.jti)
    return session


def _tell_ends(ended: "list[dict[str, str]]", reason: str, actor: "dict[str, str] | None") -> None:
    if ended:
        log.open_staff()
        about = log.About(actor=actor) if actor else log.About()
        log.append_all(log.STAFF, "session.ended", [{**one, "reason": reason} for one in ended], about)
