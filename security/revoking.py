"""RFC 7009: who holds a token or key may end it, and needs no other right to. What is none of ours is ended already."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.tokens import Token

from project import bus, keyform
from security import keys, sessions, tokens
from security.keys import KeyInvalid
from security.models import RevokedToken, Session
from security.tokens import AccessToken, Claims, RefreshToken, TokenInvalid

REASON: Final = "revoked"


def revoke(raw: str) -> None:
    """An access token alone; with a refresh token its session, with a key what the key has open."""
    if keyform.is_meant(raw):
        with suppress(KeyInvalid):
            sessions.end(Session.objects.filter(id=keys.session_of(raw).id), REASON)
        return
    for kind, end in ENDS:
        with suppress(TokenInvalid):
            end(tokens.read(raw, kind))


def _refuse(claims: Claims) -> None:
    session = Session.objects.filter(id=claims.session, user=claims.user, ended_at=None).first()
    if session is None:
        return
    ends = timezone.now() + settings.ACCESS_TOKEN_LIFETIME  # it was issued before now
    told = {"user_id": session.user_id, "reason": "by its holder", "expires_at": ends}
    with transaction.atomic():
        RevokedToken.objects.get_or_create(jti=claims.jti, defaults=told)
        transaction.on_commit(partial(bus.ring, "session", claims.jti))


def _end_session(claims: Claims) -> None:
    """Also by one that was exchanged before: its family is the same, and whoever sends it here wants it ended."""
    sessions.end(Session.objects.filter(id=claims.session, user=claims.user), REASON)


ENDS: Final[tuple[tuple[type[Token], Callable[[Claims], None]], ...]] = (
    (AccessToken, _refuse),
    (RefreshToken, _end_session),
)
