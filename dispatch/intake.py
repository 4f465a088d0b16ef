"""The one door for what people say: every way in ends in `receive()`."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contexts import conversations, messages
from contexts.conversations import ConversationArchived
from contexts.messages import Draft
from contexts.models import Conversation, Message, MessageRole
from dispatch import asked, kinds, policies, reading, routing, runs
from dispatch.models import Run
from dispatch.submissions import Submission
from project import log
from project.cursors import Cursor
from project.errors import Unprocessable
from project.ids import new_id
from security import access, limits
from security.idempotency import KeyReused
from security.sessions import Identity


class UnknownReplyTarget(Unprocessable):
    code = "unknown_reply_to"
    title = "`reply_to` names no message of this conversation"


@dataclass(frozen=True)
class Receipt:
    """What the sender gets: the ids, and the cursor after which everything about this message follows."""

    message: UUID
    run: UUID
    position: Cursor
    replayed: bool = False


def receive(submission: Submission, sender: Identity, conversation_id: UUID) -> Receipt:
    """Take a message: authorise, screen, then message, run and first events in one transaction.

    :raises NotFound: for a conversation that is not the sender's to see. :raises Forbidden: for a viewer.
    :raises UnknownKind: naming the kinds there are. :raises InvalidParts: with pointers, when the kind has a schema.
    :raises MessageBlocked: or a sibling, when screening refuses.
    :raises QueueFull: or ConversationBusy, as the conversation's policy says. :raises KeyReused: when the key came with
        another message. :raises RateLimited: when the sender has sent too many, whatever the conversation.
    """
    conversation = conversations.find(sender.user, conversation_id, access.CHAT)
    kinds.check(submission.kind, submission.parts)
    screened = reading.read(submission.body, submission.kind, sender.user.id, conversation)
    submission = replace(submission, **vars(screened.shown))
    decision = routing.decide(asked.submitted(submission, sender.user, conversation.workspace_id))
    with transaction.atomic():
        head = log.lock(conversation.stream)
        known = _known(conversation, submission, sender)
        if known is not None:
            return Receipt(known.id, _first_run(known), Cursor(head.epoch, known.seq), replayed=True)
        _check(conversation, submission, sender)
        place = policies.admit(conversation, {"kind": "user", "id": str(sender.user.id)})
        message = _store(conversation, submission, sender, screened.original)
        run = runs.enqueue(message, sender.session.id, screened.verdict, decision, place)
        screened.keep(message.id, conversation.id, run.id)
        # Last: the row is the sender's in all conversations, and locked until commit.
        limits.spend("messages", sender.user.id, *settings.LIMITS["messages"])
        return Receipt(message.id, run.id, Cursor(head.epoch, message.seq))


def _known(conversation: Conversation, submission: Submission, sender: Identity) -> Message | None:
    """The message that this key made before. The stream's lock keeps a parallel twin out."""
    if submission.key is None:
        return None
    message = Message.objects.filter(conversation=conversation, author=sender.user, key=submission.key).first()
    if message is not None and message.digest != submission.digest:
        raise KeyReused()
    return message


def _check(conversation: Conversation, submission: Submission, sender: Identity) -> None:
    if conversation.archived_at is not None:
        raise ConversationArchived()
    target, readable = submission.reply_to, sender.user.reader.rows
    if target and not Message.objects.filter(readable, conversation=conversation, id=target).exists():
        raise UnknownReplyTarget()


def _store(
    conversation: Conversation, submission: Submission, sender: Identity, original: dict[str, Any] | None
) -> Message:
    draft = Draft(
        role=MessageRole.USER,
        kind=submission.kind,
        text=submission.text,
        parts=submission.parts,
        metadata=submission.metadata,
        author=sender.user.id,
        reply_to=submission.reply_to,
        run=new_id(),
        key=submission.key,
        digest=submission.digest,
        original=original,
    )
    actor = {"kind": "user", "id": str(sender.user.id)}
    return messages.append(conversation, draft, log.About(conversation.workspace_id, draft.run, draft.id, actor))


def _first_run(message: Message) -> UUID:
    """The one that the sender was told of; the message names the last one that it was asked again with."""
    return Run.objects.filter(message=message).order_by("position").values_list("id", flat=True)[0]
