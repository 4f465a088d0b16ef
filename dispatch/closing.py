"""Deleting a conversation: what experts were asked in it is stopped, and what waits for them."""

from django.db import transaction

from contexts import conversations
from contexts.models import Conversation
from dispatch import delegation_erasure, stopping
from dispatch.models import Run, RunState
from project import log
from security.models import User


def delete(user: User, conversation: Conversation) -> None:
    """:raises NotFound: when it was deleted meanwhile. :raises Forbidden: for a viewer."""
    actor = {"kind": "user", "id": str(user.id)}
    with transaction.atomic():
        log.lock(conversation.stream)
        conversations.delete(user, conversation)
        waiting = Run.objects.filter(conversation=conversation, state=RunState.WAITING)
        stopping.withdraw(list(waiting.values_list("message", flat=True)), actor)
        delegation_erasure.close(conversation, actor)
