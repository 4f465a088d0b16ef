"""What a message teaches: entities that it names. Written when its run ends, and anew when it is edited.

Only what users say is learned, and only what everybody may read: an answer may quote what was recalled.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from contexts import changes, entities, limits, mentioning, scenes, unlearning
from contexts.finds import Find
from contexts.knowledge import Entity
from contexts.models import Conversation, Message, MessageRole
from contexts.recognising import recognise
from contexts.visible import KNOWN
from project import log


@dataclass(frozen=True)
class Learned:
    """What was recognised in a message, before it is written."""

    finds: tuple[Find, ...] = ()


def read(conversation: Conversation, message: Message, session: UUID | None = None) -> Learned:
    """Recognise what `message` names, as its author wrote it in `session`. Outside of the transaction that keeps it."""
    if not (message.text and _teaches(message) and limits.of(conversation).entities):
        return Learned()
    return Learned(recognise(message.text, scenes.of(conversation, message, session)))


def keep(conversation: Conversation, message: Message, learned: Learned, messages: int, about: log.About) -> None:
    """Write it in the transaction that ends the run of `message`.

    Where something was learned it is told, with how many `messages` were stored; messages alone tell of themselves.
    What is known of the message already is not learned twice.
    """
    count = mentioning.write(conversation, message, learned.finds) if learned.finds else 0
    if count:
        counts = {"messages": messages, "entities": count}
        changes.change(conversation, about, counts, entities=entities.of(conversation.id))


def relearn(conversation: Conversation, message: Message, learned: Learned) -> int:
    """In the transaction that changes the text of `message`, once it is changed: what it named is what it names now.

    Returns how many entities changed; the caller raises the version.
    """
    count = unlearning.unlearn(conversation, [message.id])
    count += mentioning.write(conversation, message, learned.finds) if learned.finds else 0
    unlearning.recount(list(Entity.objects.filter(mentions__message=message).distinct()))
    return count


def _teaches(message: Message) -> bool:
    ended = message.expires_at is not None and message.expires_at <= timezone.now()
    return message.role == MessageRole.USER and message.visible_to == "" and message.status in KNOWN and not ended
