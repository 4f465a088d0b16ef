"""How risky an asker looks: their session's own risk, and flags on them that nobody has looked into."""

from typing import Final
from uuid import UUID

from django.db.models import Max

from security.models import Flag, Session, User

WHOLE: Final = 100


def of(user: User, session: Session | None, message: UUID) -> int:
    """0 to 100: the session's risk, or the highest score of an open flag on user, session or message. One query."""
    subjects = [user.id, message, *([session.id] if session else [])]
    flags = Flag.objects.filter(subject_id__in=subjects, resolved_at=None)
    worst = flags.aggregate(worst=Max("score"))["worst"] or 0.0
    return max(session.risk if session else 0, min(WHOLE, round(WHOLE * worst)))
