"""DRF's door to sessions: `Authorization: Bearer <access token or API key>`, checked against the session row each time.

What a key is good for is looked at here, so that no view that forgets its permissions is open to one.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from security import scopes, sessions
from security.models import Session, User


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        raw = bearer(request.headers.get("Authorization", ""))
        if raw is None:
            return None
        identity = sessions.identify(raw)
        scopes.require(identity.user.grant, scopes.of(request))
        identity.session.shown = identity.token
        return identity.user, identity.session

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="switchboard"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names this door. It is found by `target_class`."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of POST /api/v1/auth/token, or an API key of POST /api/v1/auth/keys.",
        }


def bearer(header: str) -> str | None:
    scheme, _, raw = header.partition(" ")
    return raw.strip() if scheme.lower() == "bearer" and raw.strip() else None
