"""What a conversation does with a message that comes while others of it are open: a function for each policy."""

from collections.abc import Callable
from typing import Final

from django.conf import settings

from contexts.models import Conversation, Policy
from dispatch import places, stopping
from dispatch.places import Place
from project.errors import Conflict, TooMany

Actor = dict[str, str]


class QueueFull(TooMany):
    code = "queue_full"
    title = "Too many messages of this conversation wait for their answer"


class ConversationBusy(Conflict):
    code = "conversation_busy"
    title = "The conversation takes one message at a time, and one is being answered"


def admit(conversation: Conversation, actor: Actor) -> Place:
    """Where a new run stands that `actor` asks for. Call it under the lock of the conversation's stream.

    :raises QueueFull: when too many are open. :raises ConversationBusy: when one is, and the policy is `reject`.
    """
    return POLICIES[conversation.policy](conversation, actor)


def _enqueue(conversation: Conversation, actor: Actor) -> Place:
    return Place(_with_room(conversation))


def _reject(conversation: Conversation, actor: Actor) -> Place:
    if places.open_in(conversation.id):
        raise ConversationBusy("Send it again when the answer is there; its run tells when.")
    return Place()


def _interrupt(conversation: Conversation, actor: Actor) -> Place:
    """What waits will never be asked for; what runs makes way."""
    stopping.supersede(conversation, actor)
    return Place(places.open_in(conversation.id))


def _parallel(conversation: Conversation, actor: Actor) -> Place:
    _with_room(conversation)
    return Place(parallel=True)


def _with_room(conversation: Conversation) -> int:
    """How many are open: fewer than there may be."""
    found = places.open_in(conversation.id)
    if found >= settings.QUEUE_LIMIT:
        raise QueueFull(f"{settings.QUEUE_LIMIT} messages wait already; send it again when one is answered.")
    return found


POLICIES: Final[dict[str, Callable[[Conversation, Actor], Place]]] = {
    Policy.ENQUEUE: _enqueue,
    Policy.REJECT: _reject,
    Policy.INTERRUPT: _interrupt,
    Policy.PARALLEL: _parallel,
}
