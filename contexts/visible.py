"""Which rows a context may show at all."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from contexts.models import Conversation, Message, MessageStatus
from project.readers import EVERYBODY, Reader

KNOWN: Final = (MessageStatus.RECEIVED, MessageStatus.COMPLETED)


def messages(conversation: UUID, reader: Reader = EVERYBODY) -> "QuerySet[Message]":
    """What `reader` may read and no reviewer holds: neither quarantined nor rejected nor deleted."""
    rows = Message.objects.filter(reader.rows, conversation=conversation, status__in=KNOWN)
    return rows.select_related("author").defer("original", "key", "digest")


def in_window(conversation: Conversation, reader: Reader = EVERYBODY) -> "QuerySet[Message]":
    """Those of them that nobody pruned."""
    return messages(conversation.id, reader).filter(pruned=False, seq__gt=conversation.pruned_until)


def apart_from(experts: Collection[str]) -> Q:
    """The condition on messages that are neither for one of these experts nor by one."""
    return Q(metadata__expert__isnull=True) | ~Q(metadata__expert__in=sorted(experts))
