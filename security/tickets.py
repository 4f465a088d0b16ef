"""One-time tickets for places where a browser cannot send a header: EventSource and WebSocket URLs."""

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from project.errors import Unauthenticated
from security import sessions
from security.models import Session, Ticket
from security.sessions import Identity, SessionEnded


class TicketInvalid(Unauthenticated):
    code = "ticket_invalid"
    title = "The ticket is unknown, used, too old or for another address"


def issue(session: Session, target: str) -> str:
    """A ticket for one connection to the path `target` within `settings.TICKET_LIFETIME`. It ends with the token that
    the session was shown by, too.
    """
    raw = secrets.token_urlsafe(32)
    expires_at = timezone.now() + settings.TICKET_LIFETIME
    Ticket.objects.create(
        digest=_digest(raw), session=session, token=session.shown, target=target, expires_at=expires_at
    )
    return raw


def redeem(raw: str, target: str) -> Identity:
    """:raises TicketInvalid: on the second use, too late, or for another path.
    :raises SessionEnded: when its session is over, or its token revoked.
    """
    now = timezone.now()
    ticket = Ticket.objects.filter(digest=_digest(raw), target=target, used_at=None, expires_at__gt=now)
    if not ticket.update(used_at=now):
        raise TicketInvalid("Get a new one from POST /api/v1/auth/ticket with this path as `target`.")
    session, token = Ticket.objects.values_list("session_id", "token").get(digest=_digest(raw))
    if token and sessions.revoked_among({token}):
        raise SessionEnded()
    return resume(session, token)


def resume(session_id: UUID, token: UUID | None = None) -> Identity:
    """Who a session belongs to, once something signed by us has named it.

    :raises SessionEnded: when it is over.
    """
    session = Session.objects.live().select_related("user").filter(id=session_id).first()
    if session is None:
        raise SessionEnded()
    return sessions.recognise(session, token)


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
