"""Against what a message is read: its time, the zone and the order of dates of its author, and who takes part."""

from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contexts.asking import participants_of
from contexts.finds import Scene
from contexts.models import Conversation, Message
from security.models import Session, User

MONTH_FIRST: Final = ("US", "PH")  # regions; who names none is taken to write in American English


def of(conversation: Conversation, message: Message, session: UUID | None) -> Scene:
    """Two reads of rows. The session's preferences win over the user's."""
    found = Session.objects.filter(id=session, user=message.author_id).first() if session else None
    own = message.author.preferences if message.author else {}
    return _scene(message.created_at, own | (found.preferences if found else {}), conversation)


def by(user: User, conversation: Conversation, now: datetime) -> Scene:
    """For what a user writes beside messages."""
    return _scene(now, user.preferences, conversation)


def _scene(now: datetime, preferences: dict[str, Any], conversation: Conversation) -> Scene:
    region = str(preferences.get("locale", "")).replace("_", "-").rpartition("-")
    day_first = bool(region[0]) and region[2].upper() not in MONTH_FIRST
    return Scene(now, _zone(preferences.get("time_zone")), day_first, participants_of(conversation.workspace_id))


def _zone(name: Any) -> tzinfo:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
