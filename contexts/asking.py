"""Who asks, and who else is here: what changes without the conversation, read at each load."""

from typing import Final
from uuid import UUID

from contexts.context import Asker, Participant
from contexts.models import Message
from security import risk
from security.models import Membership, Session

MOST: Final = 50


def asker_of(message: Message, session: UUID | None) -> Asker | None:
    """None for a message that no user wrote. Of a session that is not the author's nothing is told."""
    user = message.author
    if user is None:
        return None
    found = Session.objects.filter(id=session, user=user).first() if session else None
    active = found.active_workspace_id if found else None
    return Asker(
        id=user.id,
        username=user.username,
        name=user.get_full_name() or user.username,
        preferences=user.preferences,
        session_preferences=found.preferences if found else {},
        active_workspace=active if active == message.conversation.workspace_id else None,
        risk=risk.of(user, found, message.id),
    )


def participants_of(workspace: UUID) -> tuple[Participant, ...]:
    members = Membership.objects.filter(workspace_id=workspace).select_related("user").order_by("id")
    return tuple(
        Participant(
            member.user.id, member.user.username, member.user.get_full_name() or member.user.username, member.role
        )
        for member in members[:MOST]
    )
