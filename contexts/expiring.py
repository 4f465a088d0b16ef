"""Expiry: what says of itself when it is of no use any more leaves the window then, by itself. Loads have passed it
over since; here the rows follow.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contexts import pruning, unlearning, versions, visible
from contexts.knowledge import Pin
from contexts.models import Conversation, Message
from project import log

BATCH: Final = 200


def expire() -> int:
    """How many messages and pins. Each conversation by itself: none is locked for another's sake."""
    now, count = timezone.now(), 0
    for rows in (Message.objects.filter(pruned=False, expires_at__lte=now), Pin.objects.filter(expires_at__lte=now)):
        while batch := set(rows.values_list("conversation", flat=True)[:BATCH]):
            count += sum(_expire(conversation, now) for conversation in batch)
    return count


@transaction.atomic
def _expire(id: UUID, now: datetime) -> int:
    conversation = Conversation.objects.get(id=id)
    log.lock(conversation.stream)
    told = visible.in_window(conversation).filter(expires_at__lte=now).count()
    messages = _leave(conversation, now)
    pins, _ = Pin.objects.filter(conversation=conversation, expires_at__lte=now).delete()
    if told or pins:
        pruning.tell(conversation, "expired", told, log.About(conversation.workspace_id))
    elif messages:
        versions.rise(conversation.id)
    return messages + pins


def _leave(conversation: Conversation, now: datetime) -> int:
    """How many messages: they keep no pin, and what they alone taught is known no more."""
    over = Message.objects.filter(conversation=conversation, pruned=False, expires_at__lte=now)
    ids = list(over.values_list("id", flat=True))
    unlearning.unlearn(conversation, ids)
    Pin.objects.filter(Q(message__in=ids) | Q(about__in=ids)).delete()
    return pruning.mark(Message.objects.filter(id__in=ids), expired_at=now)
