"""Delegations of what is deleted, edited, forgotten or too old. What experts answered stays, as other answers do."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from contexts.models import Conversation, Message
from dispatch import delegation_ends, delegation_states
from dispatch.delegation_blanks import ANSWERED, BLANK, unfilled
from dispatch.delegation_models import Delegation, DelegationState, Step
from project import batches, log


def bury(conversation: Conversation, messages: Collection[UUID], actor: dict[str, str]) -> None:
    """Nobody wants to have done what deleted messages asked for, and no row says what it was. Of an answer that is
    deleted nothing is left either. In the transaction that locks the stream.
    """
    asked = Delegation.objects.filter(message__in=messages)
    delegation_ends.cancel_all(asked, actor)
    asked.update(**BLANK, answer=None)
    answers = Delegation.objects.filter(conversation=conversation, reply__in=messages)
    _unanswer(Delegation.objects.filter(id__in=list(answers.exclude(parent=None).values_list("parent", flat=True))))
    answers.update(**ANSWERED)
    _unfill(Q(conversation=conversation))


def edited(conversation: Conversation, message: UUID) -> None:
    """What it said before goes from those that are over; an expert at work goes on with it, and it goes at the end.

    In the transaction that locks the stream. A handler that waits asks for what it did, whatever it reads now.
    """
    asked = Delegation.objects.filter(message=message)
    asked.update(call="")
    asked.exclude(state__in=delegation_states.OPEN).update(**BLANK)
    _unfill(Q(conversation=conversation))


def forget(subject: UUID) -> int:
    """How many of theirs are stopped or blank from now on. So are those that wait to go on with what they answered; one
    that has ended keeps no answer.
    """
    theirs = Q(owner=subject) & (Q(state__in=delegation_states.OPEN) | ~Q(input={}))
    concerned = Delegation.objects.filter(theirs) | _answered(subject)
    conversations = set(concerned.values_list("conversation", flat=True))
    count = sum(_forgotten(conversation, subject) for conversation in conversations)
    _unfill(Q(conversation__in=Message.objects.filter(author=subject).values("conversation")))
    return count


def retire(workspace: UUID, before: datetime) -> Iterator[int]:
    """How many are gone of those that no message asked for, and that nobody works on; the others go with theirs."""
    old = Delegation.objects.filter(conversation__workspace=workspace, message=None, created_at__lt=before)
    roots = old.filter(parent=None).exclude(state__in=delegation_states.OPEN)
    while ids := list(roots.values_list("id", flat=True)[: batches.BATCH]):
        Delegation.objects.filter(id__in=ids).delete()
        yield len(ids)


def close(conversation: Conversation, actor: dict[str, str]) -> None:
    """Stop those of a conversation that is deleted, in that transaction."""
    delegation_ends.cancel_all(Delegation.objects.filter(conversation=conversation), actor)


@transaction.atomic
def _forgotten(conversation: UUID, subject: UUID) -> int:
    log.lock(Conversation.objects.get(id=conversation).stream)
    theirs = Delegation.objects.filter(conversation=conversation, owner=subject)
    delegation_ends.cancel_all(theirs, dict(log.SYSTEM))
    answered = _answered(subject).filter(conversation=conversation)
    delegation_ends.cancel_all(answered.filter(step=Step.RESUME), dict(log.SYSTEM))
    _unanswer(answered)
    return theirs.update(**BLANK, answer=None)


def _answered(subject: UUID) -> QuerySet[Delegation]:
    return Delegation.objects.filter(state__in=delegation_states.OPEN, answer__by=str(subject))


def _unanswer(rows: QuerySet[Delegation]) -> None:
    """What they went on with is gone. Who is to go on with it just now keeps it until the end."""
    rows.exclude(step=Step.RESUME).update(answer=None)


@transaction.atomic
def _unfill(where: Q) -> None:
    """What is known of other messages is no longer proposed as an answer: one of them may be gone."""
    asking = Delegation.objects.filter(where, state=DelegationState.INPUT_REQUIRED)
    for one in asking.select_for_update(no_key=True).only("question").order_by("id"):
        Delegation.objects.filter(id=one.id).update(question=unfilled(one.question or {}))
