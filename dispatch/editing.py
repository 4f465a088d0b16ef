"""Editing a message: its author lets it say something else. Filters read it as a new one; nobody is asked again."""

from copy import copy
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contexts import conversations, folding, learning, messages
from contexts.conversations import ConversationArchived
from contexts.learning import Learned
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from dispatch import delegation_erasure, kinds, reading, submissions
from dispatch.models import Run, RunState
from dispatch.reading import Screened
from dispatch.submissions import Submission
from project import log
from project.errors import Conflict, Forbidden, NotFound, Unprocessable
from security import access, limits
from security.models import User
from security.screening import Action, MessageBlocked


class NotEditable(Conflict):
    code = "message_not_editable"
    title = "A message that is held, rejected or deleted cannot be edited"


class FixedAudience(Unprocessable):
    """Its answer was given to those who were to read it."""

    code = "audience_fixed"
    title = "`metadata.audience` stays as it was sent; send a message of its own for other readers"


class EditNeedsReview(MessageBlocked):
    """Others have read what the message says now; nothing could be held back until somebody has looked at it."""

    code = "edit_needs_review"
    title = "Somebody would have to look at this text first; send it as a message of its own"


def edit(author: User, message_id: UUID, fields: dict[str, Any]) -> Message:
    """Change some of text, parts and metadata. The same once more changes nothing.

    :raises NotFound: for a message that is not theirs to see. :raises Forbidden: for who did not write it.
    :raises NotEditable: held, rejected or deleted. :raises ConversationArchived: first take it back.
    :raises InvalidParts: when the kind has a schema. :raises MessageBlocked: or a sibling, when screening refuses.
    :raises EditNeedsReview: when it would hold it. :raises RateLimited: when the author has sent too many.
    :raises FixedAudience: for another audience than it was sent with.
    """
    while True:
        message = _own(author, message_id)
        said = _said(message, fields)
        if said is None or _is_changed(author, message, said):
            return message


def _is_changed(author: User, message: Message, said: Submission) -> bool:
    """Filters read it outside of the transaction. False when another edit came before: that is to be read again."""
    conversation = message.conversation
    kinds.check(said.kind, said.parts)
    screened = reading.look(said.body, said.kind, author.id, conversation)
    if screened.refused:
        _refuse(conversation, author, screened)
    said = said.masked(screened.shown)
    learned = learning.read(conversation, _saying(message, said.text), _session(message))
    with transaction.atomic():
        log.lock(conversation.stream)
        if _own(author, message.id).edited_at != message.edited_at:
            return False
        _store(message, said, screened, learned)
        # Last: the row is the author's in all conversations, and locked until commit.
        limits.spend("messages", author.id, *settings.LIMITS["messages"])
    return True


def _session(message: Message) -> UUID | None:
    """Where it was sent from, or asked again: its preferences say how dates are read."""
    return Run.objects.filter(message=message).order_by("-position").values_list("session", flat=True).first()


def _own(author: User, id: UUID) -> Message:
    message = Message.objects.filter(author.reader.rows, id=id).select_related("author").first()
    if message is None:
        raise NotFound()
    message.conversation = conversations.find(author, message.conversation_id, access.CHAT)
    if message.author_id != author.id or message.role != MessageRole.USER:
        raise Forbidden("Only who wrote a message edits it.")
    if message.status != MessageStatus.RECEIVED:
        raise NotEditable(f"The message is {message.status}.")
    if message.conversation.archived_at is not None:
        raise ConversationArchived()
    return message


def _said(message: Message, fields: dict[str, Any]) -> Submission | None:
    """What it is to say, as if it were sent now; None when that is what was sent last."""
    sent = message.original or {"text": message.text, "parts": message.parts, "metadata": message.metadata}
    asked = {**sent, **fields}
    if asked == sent:
        return None
    if asked["metadata"].get("audience") != sent["metadata"].get("audience"):
        raise FixedAudience()
    return Submission(
        kind=message.kind,
        text=asked["text"],
        parts=tuple(asked["parts"]),
        metadata=asked["metadata"],
        reply_to=message.reply_to_id,
        key=message.key,
        digest=message.digest,
    )


def _refuse(conversation: Conversation, author: User, screened: Screened) -> None:
    try:
        screened.refuse(conversation.id, author.id)
    except MessageBlocked as refusal:
        if screened.verdict.action == Action.BLOCK:
            raise
        raise EditNeedsReview() from refusal


def _saying(message: Message, text: str) -> Message:
    other = copy(message)
    other.text = text
    return other


def _store(message: Message, said: Submission, screened: Screened, learned: Learned) -> None:
    """What is known of its former words goes; a run that still waits has findings of what it will read."""
    conversation = message.conversation
    about = log.About(
        conversation.workspace_id, message.run, message.id, {"kind": "user", "id": str(message.author_id)}
    )
    body = {"text": said.text, "parts": list(said.parts), "metadata": said.metadata}
    messages.edit(message, body, submissions.original(screened.original, said.metadata), about)
    folding.spoil(conversation, [message.seq])
    delegation_erasure.edited(conversation, message.id)
    learning.relearn(conversation, message, learned)
    screened.keep(message.id, conversation.id, message.run)
    waiting = Run.objects.filter(message=message, state=RunState.QUEUED)
    waiting.update(findings=screened.verdict.as_json())
