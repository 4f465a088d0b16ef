"""What a person waits for: reviews of what is held, answers, and what experts do for them."""

from uuid import UUID

from django.db import transaction

from contexts.models import Conversation
from dispatch import delegation_erasure, review, states, stopping
from dispatch.models import Run
from project import erasure, log


@erasure.of("open runs and reviews")
def erase(subject: UUID) -> int:
    open = Run.objects.filter(message__author=subject).exclude(state__in=states.FINAL)
    concerned = set(open.values_list("conversation", flat=True))
    return review.withdraw(subject) + sum(_stopped(conversation, subject) for conversation in concerned)


@erasure.of("delegations")
def erase_delegations(subject: UUID) -> int:
    return delegation_erasure.forget(subject)


@transaction.atomic
def _stopped(id: UUID, subject: UUID) -> int:
    log.lock(Conversation.objects.get(id=id).stream)
    open = Run.objects.filter(conversation=id, message__author=subject).exclude(state__in=states.FINAL)
    messages = list(open.values_list("message", flat=True))
    stopping.withdraw(messages, dict(log.SYSTEM))
    return len(messages)
