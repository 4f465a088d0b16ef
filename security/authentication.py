"""DRF's door to sessions: `Authorization: Bearer <access token>`, checked against the session row each time."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from security import sessions
from security.models import Session, User


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        raw = bearer(request.headers.get("Authorization", ""))
        if raw is None:
            return None
        identity = sessions.identify(raw)
        return identity.user, identity.session

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="switchboard"'


def bearer(header: str) -> str | None:
    scheme, _, raw = header.partition(" ")
    return raw.strip() if scheme.lower() == "bearer" and raw.strip() else None
