"""Signed tokens: simplejwt's classes and signing, our claims. Validity is the session row's, not the token's."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from django.conf import settings
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import Token

from project.errors import Unauthenticated
from security import signing
from security.models import Session

# Exactly these types: a library would take "17" for 17, True for 1 and a list for one of its items.
FORM: Final = {"sub": str, "sid": str, "jti": str, "typ": str, "iss": str, "aud": str, "iat": int, "exp": int}


class TokenInvalid(Unauthenticated):
    code = "token_invalid"
    title = "The token is not one of ours"
    headers = {"WWW-Authenticate": 'Bearer realm="switchboard", error="invalid_token"'}


class TokenExpired(TokenInvalid):
    code = "token_expired"
    title = "The token has expired; refresh it"


class SignedToken(Token):
    def get_token_backend(self) -> Any:
        return signing.key_ring()


class AccessToken(SignedToken):
    token_type = "access"  # noqa: S105 - a claim
    lifetime = settings.ACCESS_TOKEN_LIFETIME


class RefreshToken(SignedToken):
    token_type = "refresh"  # noqa: S105 - a claim
    lifetime = settings.SESSION_LIFETIME


@dataclass(frozen=True)
class Claims:
    """`expires_at`: seconds since 1970."""

    user: UUID
    session: UUID
    jti: UUID
    generation: int
    expires_at: int


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
        claims = kind(raw).payload  # type: ignore[arg-type]  # simplejwt types the encoded form as a Token
        _check_form(claims, kind)
        ids = (UUID(claims["sub"]), UUID(claims["sid"]), UUID(claims["jti"]))
    except ExpiredTokenError as error:
        raise TokenExpired() from error
    except (TokenError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise TokenInvalid() from error
    return Claims(*ids, claims.get("gen", 0), claims["exp"])


def _check_form(claims: dict[str, Any], kind: type[Token]) -> None:
    """:raises TokenInvalid: when a claim is missing, or is none that we write.

    How long a refresh token is good is its session's to say; an access token that says more than we give is a mistake.
    """
    form = FORM | ({"gen": int} if kind is RefreshToken else {})
    if any(type(claims.get(claim)) is not expected for claim, expected in form.items()):
        raise TokenInvalid("The token lacks a required claim, or one is of the wrong type.")
    lives = claims["exp"] - claims["iat"]
    longest = settings.ACCESS_TOKEN_LIFETIME.total_seconds() if kind is AccessToken else lives
    if min(claims["iat"], claims.get("gen", 0)) < 0 or not 0 <= lives <= longest:
        raise TokenInvalid("The token says of its time or its generation what no token of ours does.")
