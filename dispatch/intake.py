"""The one door for what people say: every way in ends in `receive()`."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contexts import conversations, store
from contexts.conversations import ConversationArchived
from contexts.messages import Draft
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from contexts.visible import KNOWN
from dispatch import addressed, asked, kinds, policies, reading, refusals, review, routing, runs, submissions
from dispatch.decisions import Decision
from dispatch.models import Run
from dispatch.reading import Screened
from dispatch.submissions import Submission
from project import log
from project.cursors import Cursor
from project.errors import Unprocessable
from project.ids import new_id
from security import access, limits
from security.idempotency import KeyReused
from security.screening import Action
from security.sessions import Identity


class UnknownReplyTarget(Unprocessable):
    code = "unknown_reply_to"
    title = "`reply_to` names no message of this conversation"


@dataclass(frozen=True)
class Receipt:
    """What the sender gets: the ids, and the cursor after which everything about this message follows.

    `queued`: its run; None while the message is held, and for one that was not released. `status`: the message's, now.
    """

    message: UUID
    queued: UUID | None
    position: Cursor
    status: str = MessageStatus.RECEIVED
    replayed: bool = False

    @property
    def run(self) -> UUID:
        """Of a message that is not held."""
        if self.queued is None:
            raise LookupError("a held message has no run")
        return self.queued


def receive(submission: Submission, sender: Identity, conversation_id: UUID) -> Receipt:
    """Take a message: authorise, screen, then message, run and first events in one transaction; or, where filters ask
    for a review, message and review.

    :raises NotFound: for a conversation that is not the sender's to see. :raises Forbidden: for a viewer.
    :raises UnknownKind: naming the kinds there are. :raises InvalidParts: with pointers, when the kind has a schema.
    :raises MessageBlocked: or a sibling, when screening refuses. :raises SwitchboardError: as `addressed.check()` does.
    :raises QueueFull: or ConversationBusy, as the conversation's policy says. :raises KeyReused: when the key came with
        another message. :raises RateLimited: when the sender has sent too many, whatever the conversation.
    """
    conversation = conversations.find(sender.user, conversation_id, access.CHAT)
    kinds.check(submission.kind, submission.parts)
    screened = reading.look(submission.body, submission.kind, sender.user.id, conversation)
    if screened.verdict.action == Action.BLOCK:
        return _refused(conversation, submission, sender, screened)
    submission = submission.masked(screened.shown)
    decision = routing.decide(asked.submitted(submission, sender.user, conversation.workspace_id))
    with transaction.atomic():
        head = log.lock(conversation.stream)
        known = _known(conversation, submission, sender)
        if known is not None:
            return _replay(known, head)
        _check(conversation, submission, sender)
        addressed.check(decision, submission, conversation)
        message, run = _take(conversation, submission, sender, screened, decision)
        # Last: the row is the sender's in all conversations, and locked until commit.
        limits.spend("messages", sender.user.id, *settings.LIMITS["messages"])
        return Receipt(message.id, run, Cursor(head.epoch, message.seq), message.status)


def _refused(conversation: Conversation, submission: Submission, sender: Identity, screened: Screened) -> Receipt:
    """What is blocked by now may have been taken before, when a rule was not there yet: that answer stands.

    :raises MessageBlocked: else.
    """
    known = _known(conversation, submission, sender)
    if known is None:
        refusals.refuse(conversation, sender, submission.key, screened)
    return _replay(known, log.head(conversation.stream))


def _take(
    conversation: Conversation, submission: Submission, sender: Identity, screened: Screened, decision: Decision
) -> tuple[Message, UUID | None]:
    """Message and run. One that is held takes no place among those that wait, so that no policy is asked."""
    if screened.verdict.action == Action.QUARANTINE:
        message = _store(conversation, submission, sender, screened)
        review.hold(message, sender.session.id, screened)
        screened.keep(message.id, conversation.id)
        return message, None
    place = policies.admit(conversation, {"kind": "user", "id": str(sender.user.id)})
    message = _store(conversation, submission, sender, screened)
    run = runs.enqueue(message, sender.session.id, screened.verdict.as_json(), decision, place)
    screened.keep(message.id, conversation.id, run.id)
    return message, run.id


def _known(conversation: Conversation, submission: Submission, sender: Identity) -> Message | None:
    """The message that this key made before. The stream's lock keeps a parallel twin out.

    With what was deleted nothing is compared: what it said is known no more.
    """
    if submission.key is None:
        return None
    message = Message.objects.filter(conversation=conversation, author=sender.user, key=submission.key).first()
    if message is None or message.status == MessageStatus.DELETED:
        return message
    if message.digest != submission.digest:
        raise KeyReused()
    return message


def _check(conversation: Conversation, submission: Submission, sender: Identity) -> None:
    if conversation.archived_at is not None:
        raise ConversationArchived()
    known = Message.objects.filter(sender.user.reader.rows, conversation=conversation, status__in=KNOWN)
    if submission.reply_to and not known.filter(id=submission.reply_to).exists():
        raise UnknownReplyTarget()


def _store(conversation: Conversation, submission: Submission, sender: Identity, screened: Screened) -> Message:
    held = screened.verdict.action == Action.QUARANTINE
    draft = Draft(
        role=MessageRole.USER,
        kind=submission.kind,
        text=submission.text,
        parts=submission.parts,
        metadata=submission.metadata,
        author=sender.user.id,
        writer=sender.user,
        reply_to=submission.reply_to,
        run=None if held else new_id(),
        key=submission.key,
        digest=submission.digest,
        original=submissions.original(screened.original, submission.metadata),
        held=held,
    )
    actor = {"kind": "user", "id": str(sender.user.id)}
    return store.append(conversation, draft, log.About(conversation.workspace_id, draft.run, draft.id, actor))


def _replay(known: Message, head: log.Head) -> Receipt:
    """The run that the sender was told of; the message names the last one that it was asked again with."""
    run = Run.objects.filter(message=known).order_by("position").values_list("id", flat=True).first()
    return Receipt(known.id, run, Cursor(head.epoch, known.seq), known.status, replayed=True)
