"""A past that nobody has to live through: messages as rows, as many as wanted, in no time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project.models import Stream
from security.models import User

BATCH: Final = 5000


def give(conversation: Conversation, count: int, text: Callable[[int], str], author: User) -> None:
    """Questions of `author` and answers in turn, after what was said. One version for all, and no events."""
    head = Stream.objects.get(key=conversation.stream).head
    began = timezone.now() - timedelta(hours=1)
    for first in range(0, count, BATCH):
        batch = list[Message]()
        for number in range(first, min(count, first + BATCH)):
            asks = number % 2 == 0
            question = batch[-1] if batch and not asks else None
            batch.append(
                Message(
                    conversation=conversation,
                    seq=head + number + 1,
                    role=MessageRole.USER if asks else MessageRole.ASSISTANT,
                    kind="text",
                    text=text(number),
                    status=MessageStatus.RECEIVED if asks else MessageStatus.COMPLETED,
                    author=author if asks else None,
                    reply_to=question,
                    created_at=began + timedelta(milliseconds=number),
                )
            )
        Message.objects.bulk_create(batch, batch_size=500)
    Stream.objects.filter(key=conversation.stream).update(head=head + count)
    rows = Conversation.objects.filter(id=conversation.id)
    version = conversation.context_version + 1
    rows.update(message_count=conversation.message_count + count, context_version=version)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE contexts_message")
