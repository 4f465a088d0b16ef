"""Puts messages into a conversation as `dispatch` does, without running anything."""

from django.db import transaction

from contexts import store
from contexts.messages import Draft
from contexts.models import Conversation, Message, MessageRole
from project import log


def say(conversation, text, author=None, **fields):
    """One message: of a user when `author` is given, else an answer."""
    role = fields.pop("role", MessageRole.USER if author else MessageRole.ASSISTANT)
    draft = Draft(role, fields.pop("kind", "text"), text, author=author.user.id if author else None, **fields)
    with transaction.atomic():
        made = store.append(conversation, draft, log.About(conversation.workspace_id))
    return Message.objects.select_related("conversation").get(id=made.id)


def fresh(conversation):
    return Conversation.objects.get(id=conversation.id)
