"""RFC 7662: what a token or key that was shown to another server is good for, as far as the asker's workspace goes."""

from typing import Any, Final

import jwt
from django.conf import settings

from project import logs
from project.errors import NotFound, Unauthenticated
from security import access, scopes, sessions
from security.models import ApiKey, Membership
from security.scopes import Grant
from security.sessions import Identity

INACTIVE: Final[dict[str, Any]] = {"active": False}


def describe(raw: str, asker: Grant) -> dict[str, Any]:
    """Section 2.2, of an access token or key that reaches the asker's workspace. Of anything else nothing is told.

    Refresh tokens are not: a server that looks at `active` alone would let one in. Being asked about counts as a use.
    """
    try:
        with logs.bind():  # the lines of this request stay the asker's
            identity = sessions.identify(raw)
            membership = access.require(identity.user, asker.workspace, access.READ)
    except (Unauthenticated, NotFound):
        return INACTIVE
    claims = _of_key(identity.user.grant) if identity.user.grant else _of_token(raw)
    return {
        "active": True,
        "scope": " ".join(_scopes(identity, membership)),
        "username": identity.user.username,
        "token_type": "Bearer",
        "sub": str(identity.user.id),
        **claims,
    }


def _scopes(identity: Identity, membership: Membership) -> list[str]:
    """What the role allows; of a key, what was given to it and its user's role still allows."""
    roles = {scopes.READ: access.READ, scopes.CHAT: access.CHAT, scopes.MANAGE: access.MANAGE}
    allowed = {scope for scope, those in roles.items() if membership.role in those}
    grant = identity.user.grant
    held = grant.scopes & (allowed | {scopes.INTROSPECT}) if grant else allowed
    return [scope for scope in scopes.SCOPES if scope in held]


def _of_token(raw: str) -> dict[str, Any]:
    """`identify` has checked it, its signature too."""
    claims = jwt.decode(raw, options={"verify_signature": False})
    return {name: claims[name] for name in ("jti", "iat", "exp", "iss", "aud")}


def _of_key(grant: Grant) -> dict[str, Any]:
    key = ApiKey.objects.select_related("session").get(id=grant.key)
    ends = {"exp": int(key.expires_at.timestamp())} if key.expires_at else {}
    issued = {"iss": settings.SIMPLE_JWT["ISSUER"], "aud": settings.SIMPLE_JWT["AUDIENCE"]}
    return {"jti": str(key.id), "client_id": str(key.id), "iat": int(key.created_at.timestamp()), **ends, **issued}
