"""A message that filters blocked: its author is told on the conversation's streams too, and nobody else. Not stored."""

from typing import NoReturn

from contexts.models import Conversation
from dispatch.reading import Screened
from project import bus, logs
from security.screening import MessageBlocked
from security.sessions import Identity


def refuse(conversation: Conversation, sender: Identity, client_id: str | None, screened: Screened) -> NoReturn:
    """Every stream of this conversation that its author has open, anywhere, shows it; a note may be lost.

    :raises MessageBlocked: always, unless :raises RateLimited: because so much was sent that nothing more is told.
    """
    try:
        screened.refuse(conversation.id, sender.user.id)
    except MessageBlocked as refusal:
        bus.send(
            {
                "conversation": str(conversation.id),
                "workspace": str(conversation.workspace_id),
                "request_id": logs.request_id(),
                "rejected": {"client_id": client_id, "code": refusal.code},
                "to": str(sender.user.id),
            }
        )
        raise
