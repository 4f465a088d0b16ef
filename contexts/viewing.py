"""A context as people look at it: what the answer to their next message, or to one that there is, would know now."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from contexts import explaining, messages, store
from contexts.context import Context
from contexts.explaining import Explained
from contexts.known import Known
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project.errors import NotFound
from project.readers import EVERYBODY
from security.models import Session, User

TO_ALL: Final = "conversation"
TO_SENDER: Final = "sender"


@dataclass(frozen=True)
class Look:
    """`message`: whose answer; without it that of a next one, which says `about`. `audience`: who would read it."""

    message: UUID | None = None
    about: str = ""
    audience: str = TO_ALL
    explain: bool = False


@dataclass(frozen=True)
class Origin:
    """What the context was chosen from: a snapshot in the cache, of `bytes`, or rows, just now."""

    kind: str
    bytes: int
    made_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """`metadata_from`: the layer of each field. `explained`: where that was asked for."""

    context: Context
    metadata_from: dict[str, str]
    origin: Origin
    explained: Explained | None


def show(user: User, session: Session, conversation: Conversation, look: Look) -> Shown:
    """Nothing is stored or logged of it, and nobody is asked. Of who asked another message than one of `user`, only the
    name is shown. What is told of a released message does not leave out those that were unanswered when it came.

    :raises NotFound: for a message that is no question of this conversation, or not theirs to see.
    """
    message = _message(user, conversation, look)
    known = store.know(message, user.reader if look.audience == TO_SENDER else EVERYBODY)
    context = store.told(known, session.id)
    if message.author_id != user.id:
        context = _of_another(context, known)
    preferences = (context.asker.preferences, context.asker.session_preferences) if context.asker else ({}, {})
    return Shown(
        context=context,
        metadata_from=explaining.origins(known, *preferences),
        origin=_origin(known),
        explained=store.explain(known, user.reader) if look.explain else None,
    )


def _message(user: User, conversation: Conversation, look: Look) -> Message:
    if look.message is None:
        return messages.unsaid(conversation, user, look.about)
    rows = Message.objects.filter(user.reader.rows, conversation=conversation, role=MessageRole.USER)
    asked = rows.filter(id=look.message, status=MessageStatus.RECEIVED)
    message: Message | None = asked.select_related("conversation", "author").first()
    if message is None:
        raise NotFound()
    return message


def _of_another(context: Context, known: Known) -> Context:
    asker = context.asker and replace(
        context.asker, preferences={}, session_preferences={}, active_workspace=None, risk=0
    )
    return replace(context, asker=asker, risk=0, metadata=known.conversation.metadata)


def _origin(known: Known) -> Origin:
    held = known.held
    return Origin("cache" if held.size else "rows", held.size, held.made_at if held.size else None)
