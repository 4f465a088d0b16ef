"""What a conversation does with a message that comes while others of it are open: a function for each policy."""

from collections.abc import Callable
from typing import Final

from django.conf import settings

from contexts.models import Conversation, Policy
from dispatch import places, runs
from dispatch.models import Run, RunState
from dispatch.places import Place
from project.errors import Conflict, TooMany


class QueueFull(TooMany):
    code = "queue_full"
    title = "Too many messages of this conversation wait for their answer"


class ConversationBusy(Conflict):
    code = "conversation_busy"
    title = "The conversation takes one message at a time, and one is being answered"


def admit(conversation: Conversation) -> Place:
    """Where the run of a new message stands. Call it under the lock of the conversation's stream.

    :raises QueueFull: when too many are open. :raises ConversationBusy: when one is, and the policy is `reject`.
    """
    return POLICIES[conversation.policy](conversation)


def _enqueue(conversation: Conversation) -> Place:
    return Place(_with_room(conversation))


def _reject(conversation: Conversation) -> Place:
    if places.open_in(conversation.id):
        raise ConversationBusy("Send it again when the answer is there; its run tells when.")
    return Place()


def _interrupt(conversation: Conversation) -> Place:
    """What waits will never be asked for."""
    waiting = Run.objects.filter(conversation=conversation, state=RunState.QUEUED).order_by("-position")
    for run in waiting.select_related("conversation"):
        runs.move(run, RunState.SUPERSEDED, {}, {"reply": None, "reason": "superseded"})
    return Place(places.open_in(conversation.id))


def _parallel(conversation: Conversation) -> Place:
    _with_room(conversation)
    return Place(parallel=True)


def _with_room(conversation: Conversation) -> int:
    """How many are open: fewer than there may be."""
    found = places.open_in(conversation.id)
    if found >= settings.QUEUE_LIMIT:
        raise QueueFull(f"{settings.QUEUE_LIMIT} messages wait already; send it again when one is answered.")
    return found


POLICIES: Final[dict[str, Callable[[Conversation], Place]]] = {
    Policy.ENQUEUE: _enqueue,
    Policy.REJECT: _reject,
    Policy.INTERRUPT: _interrupt,
    Policy.PARALLEL: _parallel,
}
