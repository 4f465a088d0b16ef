"""Who is typing: told to all who follow the conversation, on every process, and not stored."""

import time
from typing import Final
from uuid import UUID

from contexts import conversations
from contexts.conversations import ConversationArchived
from contexts.models import Conversation
from project import bus, pools
from security import access
from security.models import User
from security.scopes import Grant

PAUSE_SECONDS: Final = 2.0
MOST: Final = 10_000

Place = tuple[UUID, Grant | None, UUID]


class Lately:
    """Who was told of where within the last two seconds, of this process; bounded, the oldest are forgotten first."""

    def __init__(self) -> None:
        self._at: dict[Place, float] = {}

    def __contains__(self, place: Place) -> bool:
        return self._at.get(place, -PAUSE_SECONDS) + PAUSE_SECONDS > time.monotonic()

    def add(self, place: Place) -> None:
        self._at.pop(place, None)  # so that the first is the oldest
        self._at[place] = time.monotonic()
        while (oldest := next(iter(self._at))) not in self or len(self._at) > MOST:
            del self._at[oldest]


_lately: Final = Lately()


async def tell(user: User, conversation_id: UUID) -> bool:
    """False when it was told a moment ago, and is not passed on again.

    :raises NotFound: for a conversation that is not the user's to see. :raises Forbidden: for a viewer.
    :raises ConversationArchived: when nobody writes there.
    """
    place = (user.id, user.grant, conversation_id)  # a key learns nothing of what its user does elsewhere
    if place in _lately:
        return False
    conversation = await pools.streams.run(_writable, user, conversation_id)
    if place in _lately:  # from another socket, meanwhile
        return False
    _lately.add(place)
    bus.send(
        {
            "conversation": str(conversation.id),
            "workspace": str(conversation.workspace_id),
            "typing": {"user": str(user.id), "username": user.username},
        }
    )
    return True


def _writable(user: User, id: UUID) -> Conversation:
    conversation = conversations.find(user, id, access.CHAT)
    if conversation.archived_at is not None:
        raise ConversationArchived()
    return conversation
