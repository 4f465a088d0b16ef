"""Quarantine: a message waits until somebody has looked at it. Released, it is answered next; else the author hears."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contexts import messages
from contexts.conversations import ConversationArchived
from contexts.models import Conversation, Message, Policy
from dispatch import asked, places, routing, runs
from dispatch.models import Review, ReviewState
from dispatch.places import Place
from dispatch.reading import Screened
from project import log, metrics
from project.errors import Conflict, NotFound
from project.ids import new_id
from security import access, findings
from security.models import User

logger = logging.getLogger(__name__)

BATCH: Final = 200
# The author is told what was decided, not by whom; the review keeps that.
STAFF: Final = {"kind": "staff", "id": ""}
OUTCOMES: Final = {ReviewState.REJECTED: "rejected", ReviewState.EXPIRED: "expired"}


class AlreadyDecided(Conflict):
    code = "already_decided"
    title = "Somebody has decided about this message already"


def hold(message: Message, session: UUID, screened: Screened) -> None:
    """Put a message before the reviewers, in the transaction that stores it."""
    Review.objects.create(
        message=message,
        conversation=message.conversation,
        workspace=message.conversation.workspace_id,
        session=session,
        findings=screened.verdict.as_json(),
        expires_at=timezone.now() + timedelta(days=settings.QUARANTINE_DAYS),
    )
    _count(ReviewState.HELD)


def reviewable(user: User) -> QuerySet[Review]:
    """Those of the workspaces that the user manages; to staff who may, those of all. Without deleted conversations."""
    mine = Q(conversation__workspace__memberships__user=user)
    mine &= Q(conversation__workspace__memberships__role__in=access.MANAGE)
    whose = Q() if _may(user, "view") else mine
    return Review.objects.filter(user.within("workspace"), whose, conversation__deleted_at=None)


def with_evidence(reviews: list[Review], staff: bool) -> list[Review]:
    """The same, each with what filters found in its message; others than staff are told of no rule that met a mask."""
    found = findings.of_messages([review.message_id for review in reviews])
    for review in reviews:
        review.evidence = [one for one in found.get(review.message_id, []) if staff or not one.masked]
    return reviews


def find(user: User, id: UUID, to: str = "view") -> Review:
    """`to`: view, or change to decide.

    :raises NotFound: foreign and unknown alike. :raises Forbidden: for a member who does not manage.
    """
    rows = Review.objects.select_related("message__author", "message__conversation", "decided_by")
    review = rows.filter(user.within("workspace"), id=id, conversation__deleted_at=None).first()
    if review is None:
        raise NotFound()
    if not _may(user, to):
        access.require(user, review.workspace, access.MANAGE)
    return review


def release(review: Review, by: User) -> None:
    """Let the message out to all, and queue its run before those that wait: its number is older than theirs. No policy
    is asked, for its sender was told long ago that it is taken.

    :raises AlreadyDecided: when somebody was faster. :raises ConversationArchived: first take it back.
    :raises NotFound: when the conversation was deleted.
    """
    message = review.message
    with transaction.atomic():
        log.lock(message.conversation.stream)
        message.conversation = _open(message.conversation_id)
        _decide(review, ReviewState.RELEASED, by)
        run = new_id()
        messages.release(message, run, replace(_about(message, STAFF), run=run))
        decision = routing.decide(asked.stored(message, message.conversation.workspace_id))
        runs.enqueue(message, review.session, review.findings, decision, _place(message))
    logger.info("a held message was released")


def reject(review: Review, by: User) -> None:
    """:raises AlreadyDecided: when somebody was faster."""
    _close(review, ReviewState.REJECTED, by)
    logger.info("a held message was rejected")


def withdraw(author: UUID) -> int:
    """What is held of this author is released no more. How many."""
    held, count = Review.objects.filter(message__author=author, state=ReviewState.HELD), 0
    for review in held.select_related("message__conversation"):
        with suppress(AlreadyDecided):
            _close(review, ReviewState.REJECTED, None)
            count += 1
    return count


def expire() -> int:
    """How many messages nobody decided about in time. Each by itself: a conversation is locked only for its own."""
    over, count = Review.objects.filter(state=ReviewState.HELD, expires_at__lte=timezone.now()), 0
    while batch := list(over.select_related("message__conversation").order_by("expires_at")[:BATCH]):
        for review in batch:
            try:
                _close(review, ReviewState.EXPIRED, None)
            except AlreadyDecided:
                continue
            count += 1
    return count


def _close(review: Review, state: ReviewState, by: User | None) -> None:
    message = review.message
    with transaction.atomic():
        log.lock(message.conversation.stream)
        _decide(review, state, by)
        messages.reject(message, OUTCOMES[state], _about(message, STAFF if by else log.SYSTEM))


def _decide(review: Review, state: ReviewState, by: User | None) -> None:
    """Of any number who decide at once, one does."""
    decided = {"state": state, "decided_at": timezone.now(), "decided_by": by}
    if not Review.objects.filter(id=review.id, state=ReviewState.HELD).update(**decided):
        now = Review.objects.values_list("state", flat=True).get(id=review.id)
        raise AlreadyDecided(f"It is {now}; read the review again.")
    for name, value in decided.items():
        setattr(review, name, value)
    _count(state)


def _count(state: ReviewState) -> None:
    transaction.on_commit(metrics.reviews.labels(state).inc)


def _open(id: UUID) -> Conversation:
    """Locked: who archives or deletes it meanwhile comes before or after."""
    conversation: Conversation | None = Conversation.objects.select_for_update().filter(id=id, deleted_at=None).first()
    if conversation is None:
        raise NotFound()
    if conversation.archived_at is not None:
        raise ConversationArchived()
    return conversation


def _place(message: Message) -> Place:
    """Behind what runs, and before what waits."""
    if message.conversation.policy == Policy.PARALLEL:
        return Place(parallel=True)
    return Place(places.before(message.conversation_id, message.seq))


def _about(message: Message, actor: dict[str, str]) -> log.About:
    return log.About(message.conversation.workspace_id, message.run, message.id, dict(actor))


def _may(user: User, to: str) -> bool:
    """Staff, by their permission in the admin; a key opens its own workspace alone, whoever made it."""
    return user.grant is None and user.is_staff and user.has_perm(f"dispatch.{to}_review")
