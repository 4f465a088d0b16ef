"""Signed tokens: simplejwt's classes and signing, our claims. Validity is the session row's, not the token's."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import Token

from project.errors import Unauthenticated
from security.models import Session

REQUIRED: Final = ("sub", "sid", "jti", "typ", "iat", "exp", "iss", "aud")


class TokenInvalid(Unauthenticated):
    code = "token_invalid"
    title = "The token is not one of ours"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard", error="invalid_token"'}


class TokenExpired(TokenInvalid):
    code = "token_expired"
    title = "The token has expired; refresh it"


class AccessToken(Token):
    token_type = "access"  # noqa: S105 - a claim
    lifetime = settings.ACCESS_TOKEN_LIFETIME


class RefreshToken(Token):
    token_type = "refresh"  # noqa: S105 - a claim
    lifetime = settings.SESSION_LIFETIME


@dataclass(frozen=True)
class Claims:
    user: UUID
    session: UUID
    jti: UUID
    generation: int


def issue_access(session: Session) -> str:
    token = AccessToken()
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.id)
    return str(token)


def issue_refresh(session: Session) -> str:
    """The token of the session's present generation. Issued twice it is the same text, so that a retry is harmless."""
    token = RefreshToken()
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.id)
    token["gen"] = session.generation
    token["jti"] = uuid5(session.id, str(session.generation)).hex
    token.set_iat(at_time=session.rotated_at)
    token["exp"] = int(session.expires_at.timestamp())
    return str(token)


def read(raw: str, kind: type[Token]) -> Claims:
    """:raises TokenInvalid: whatever is wrong with it. :raises TokenExpired: when only its time is over."""
    try:
        token = kind(raw)  # type: ignore[arg-type]  # simplejwt types the encoded form as a Token
        if any(not token.get(claim) for claim in REQUIRED):
            raise TokenInvalid("The token lacks a required claim.")
        return Claims(UUID(token["sub"]), UUID(token["sid"]), UUID(token["jti"]), int(token.get("gen", 0)))
    except ExpiredTokenError as error:
        raise TokenExpired() from error
    except (TokenError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise TokenInvalid() from error
