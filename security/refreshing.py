"""Refresh tokens are exchanged once each, and one that turns up again shows that somebody has a copy."""

import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from security import flags, limits, sessions, tokens
from security.models import Session
from security.sessions import SessionEnded
from security.tokens import Claims

logger = logging.getLogger(__name__)

RISK: Final = 100


class TokenReused(SessionEnded):
    code = "token_reused"
    title = "The refresh token was used before; its session has been ended"


def refresh(raw: str) -> Session:
    """Exchange a refresh token: of any number of parallel uses one advances the generation, the others see it done.

    :raises TokenInvalid: when it is no refresh token of ours. :raises TokenReused: when its successor is in use.
    :raises RateLimited: when the session has exchanged too many.
    """
    claims = tokens.read(raw, tokens.RefreshToken)
    limits.spend("refresh", claims.session, *settings.LIMITS["refresh"])
    now = timezone.now()
    session = _exchange(claims, now)
    if session is None:
        raise SessionEnded()
    if session.generation != claims.generation + 1 or session.rotated_at < now - settings.REFRESH_GRACE:
        logger.warning("a refresh token was used again")
        _end_family(session, claims, now)
        raise TokenReused()
    return sessions.recognise(session).session


def _exchange(claims: Claims, now: datetime) -> Session | None:
    """One transaction: a database that goes away before it has answered has consumed nothing."""
    own = sessions.named_by(claims)
    with transaction.atomic():
        own.open(now).filter(generation=claims.generation).update(
            generation=F("generation") + 1,
            rotated_at=now,
            last_used_at=now,
            idle_until=now + settings.SESSION_IDLE,
        )
        found: Session | None = own.live(now).select_related("user").first()
    return found


def _end_family(session: Session, claims: Claims, now: datetime) -> None:
    own = Session.objects.filter(id=session.id)
    evidence = {
        "generation_shown": claims.generation,
        "generation_in_use": session.generation,
        "seconds_since_exchange": round((now - session.rotated_at).total_seconds(), 3),
    }
    with transaction.atomic():
        if sessions.end(own, "token_reused"):  # of parallel reuses one ends it, and raises the flag
            own.update(risk=RISK)
            flags.raise_on_session(session.id, session.user, "refresh_reuse", 1.0, evidence)
