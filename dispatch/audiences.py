"""Audiences: who sees a reply. A route gives one, the message may only narrow it, and staff see everything.

`workspace`: as `conversation`, and who follows the workspace is told. `sender`: the author. `none`: nobody but staff.
"""

from typing import Any, Final
from uuid import UUID

from dispatch.models import Audience
from project.readers import EVERYBODY, STAFF, Reader
from security.models import User

NARROWING: Final = (Audience.WORKSPACE, Audience.CONVERSATION, Audience.SENDER, Audience.NONE)
PRIVATE: Final = frozenset({Audience.SENDER, Audience.NONE})


def narrowed(audience: str, metadata: dict[str, Any]) -> str:
    """The narrower one of what a route gives and what the message asks for."""
    asked = metadata.get("audience")
    return str(max((audience, asked), key=list(NARROWING).index) if asked in list(NARROWING) else audience)


def visible_to(audience: str, author: UUID | None) -> str:
    """What it means for rows: who alone sees the reply to a message of `author`."""
    if audience not in PRIVATE:
        return ""
    return str(author) if audience == Audience.SENDER and author else STAFF


def knowing(audience: str, author: User | None) -> Reader:
    """With whose eyes a handler reads: it may repeat what it knows to all who see its reply."""
    return author.reader if author and audience in PRIVATE else EVERYBODY
