"""A user's API keys: made, listed, revoked."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from project import keyform, log
from project.errors import Forbidden
from security import access, keys, limits, members, scopes, sessions
from security.models import NEVER, ApiKey, Session, User

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """The key that somebody asks for. `expires_at`: None for one that ends only when it is revoked."""

    name: str
    workspace: UUID
    scopes: frozenset[str]
    expires_at: datetime | None = None


def make(by: Session, wish: Wish) -> tuple[ApiKey, str]:
    """The row of a new key, and the key itself, which is kept nowhere.

    :raises NotFound: for a workspace that is not the user's. :raises Forbidden: for `manage` below an admin.
    :raises RateLimited: when the user has made too many. :raises SessionEnded: when `by` was ended meanwhile.
    """
    user, raw = by.user, keyform.make()
    access.require(user, wish.workspace, access.READ)
    with transaction.atomic():
        log.lock(members.stream_of(wish.workspace))  # who is just being removed gets no key any more
        sessions.hold(by)
        _check_role(user, wish)
        key = ApiKey.objects.create(
            session=_session(user, wish),
            workspace_id=wish.workspace,
            name=wish.name,
            prefix=keyform.prefix(raw),
            digest=keyform.digest(raw),
            scopes=[scope for scope in scopes.SCOPES if scope in wish.scopes],
        )
        limits.spend("keys", user.id, *settings.LIMITS["keys"])
    logger.info("an API key was made")
    return key, raw


def of(user: User) -> QuerySet[ApiKey]:
    """Those that were not revoked, also when they have expired."""
    return ApiKey.objects.filter(session__user=user, session__ended_at=None).select_related("session")


def revoke(chosen: QuerySet[ApiKey], reason: str, actor: dict[str, str]) -> int:
    """End keys now, and what is open through them. Returns how many were not revoked before."""
    return sessions.end(Session.objects.filter(id__in=chosen.order_by().values("session")), reason, actor)


def _check_role(user: User, wish: Wish) -> None:
    role = access.require(user, wish.workspace, access.READ).role
    if scopes.MANAGE in wish.scopes and role not in access.MANAGE:
        raise Forbidden(f"Your role here is {role}; a key with `manage` takes owner or admin.")


def _session(user: User, wish: Wish) -> Session:
    """It does not fall idle. Its last use lies before its making, so that the first one is noted at once."""
    ends, unused = wish.expires_at or NEVER, timezone.now() - 2 * sessions.USE_RESOLUTION
    session: Session = Session.objects.create(
        user=user, kind=keys.KIND, device=wish.name, idle_until=ends, expires_at=ends, last_used_at=unused
    )
    sessions.tell_begin(session)
    return session
