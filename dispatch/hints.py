"""A reply for a whole workspace: who follows the workspace's log is told where it is. Not stored, it may be lost."""

from functools import partial

from django.db import transaction

from contexts.models import Conversation
from project import bus, log


def give(conversation: Conversation) -> None:
    """Tell on commit how far the conversation's log has come. Call it at the end of the transaction."""
    seq = log.head(conversation.stream).seq
    note = {"workspace": str(conversation.workspace_id), "conversation": str(conversation.id), "seq": seq}
    transaction.on_commit(partial(bus.send, note))
