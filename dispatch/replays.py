"""Asking again: a further run of a message whose runs are over, by its author's wish or by staff."""

from uuid import UUID

from django.db import transaction

from contexts import conversations
from contexts.conversations import ConversationArchived
from contexts.models import Message, MessageRole, MessageStatus
from dispatch import asked, handlers, policies, reading, refusals, routing, runs, states, submissions
from dispatch.intake import Receipt
from dispatch.models import Run
from dispatch.reading import Screened
from dispatch.runs import Again
from project import log
from project.cursors import Cursor
from project.errors import Conflict, Forbidden, NotFound, Unprocessable
from project.ids import new_id
from security import access
from security.material import Body
from security.screening import Action
from security.sessions import Identity


class RunOpen(Conflict):
    code = "run_open"
    title = "A run of this message is still open; wait for its end, or cancel it first"


class UnknownHandler(Unprocessable):
    code = "unknown_handler"
    title = "There is no handler of this name"


class NowMasked(Unprocessable):
    code = "now_masked"
    title = "Filters would mask a part of this message by now; send it again, and they do"


class NeverRun(Unprocessable):
    code = "never_run"
    title = "Only a message that was submitted for an answer can be asked again"


def retry(sender: Identity, message_id: UUID, handler: str = "") -> Receipt:
    """Ask again, as a person: whoever may write here; with a `handler` of their choice only admins and staff.

    :raises NotFound: for a message that is not theirs to see. :raises Forbidden: without the role that it takes.
    :raises UnknownHandler: naming those there are. :raises RunOpen: or whatever `replay()` raises.
    """
    message = (
        Message.objects.select_related("conversation", "author").filter(sender.user.reader.rows, id=message_id).first()
    )
    if message is None:
        raise NotFound()
    conversations.find(sender.user, message.conversation_id, access.CHAT)
    role = access.require(sender.user, message.conversation.workspace_id, access.CHAT).role
    if handler and role not in access.MANAGE and not sender.user.is_staff:
        raise Forbidden("Choosing the handler takes the role owner or admin, or staff.")
    return replay(message, {"kind": "user", "id": str(sender.user.id)}, handler, sender.session.id)


def replay_run(run: UUID, actor: dict[str, str], handler: str = "") -> Receipt:
    """:raises RunOpen: or whatever `replay()` raises."""
    return replay(Message.objects.select_related("conversation", "author").get(runs=run), actor, handler)


def replay(message: Message, actor: dict[str, str], handler: str = "", session: UUID | None = None) -> Receipt:
    """Queue a new run of a message, behind what waits already; by its route, or with one `handler` alone.

    :raises NeverRun: for what is no submitted message. :raises UnknownHandler: naming those there are.
    :raises MessageBlocked: or a sibling, when filters refuse it by now; it counts against a user who asks.
    :raises NowMasked: when they would mask some of it. :raises RunOpen: while one of its runs is open.
    :raises ConversationArchived: first take it back. :raises QueueFull: or ConversationBusy, as the policy says.
    """
    if handler and handlers.REGISTRY.get(handler) is None:
        raise UnknownHandler(f"Handlers are {', '.join(sorted(handlers.REGISTRY))}.")
    while True:
        receipt = _replayed(message, actor, handler, session)
        if receipt is not None:
            return receipt
        message = _again(message)


def _replayed(message: Message, actor: dict[str, str], handler: str, session: UUID | None) -> Receipt | None:
    """None when it was edited since it was read: filters and routes have to read what it says now."""
    _check(message)
    conversation = message.conversation
    screened = _screened(message, actor)
    decision = routing.decide(asked.stored(message, conversation.workspace_id), handler)
    with transaction.atomic():
        head = log.lock(conversation.stream)
        now = _again(message)
        _check(now)
        if now.edited_at != message.edited_at:
            return None
        conversation = message.conversation = now.conversation
        last = _last(message)
        if conversation.archived_at is not None:
            raise ConversationArchived()
        place = policies.admit(conversation, actor)
        message.run = new_id()
        message.save(update_fields=["run"])
        again = Again(last.id, handler, actor)
        run = runs.enqueue(message, session or last.session, screened.verdict.as_json(), decision, place, again)
        return Receipt(message.id, run.id, Cursor(head.epoch, head.seq))


def _check(message: Message) -> None:
    if message.role != MessageRole.USER or message.status != MessageStatus.RECEIVED:
        raise NeverRun()


def _again(message: Message) -> Message:
    """:raises NotFound: for one that retention has taken."""
    found = Message.objects.select_related("conversation", "author").filter(id=message.id).first()
    if found is None:
        raise NotFound()
    return found


def _screened(message: Message, actor: dict[str, str]) -> Screened:
    """As filters see it by now. What staff have released waits for no second review."""
    body = Body(message.text, tuple(message.parts), submissions.unsteering(message.metadata))
    screened = reading.look(body, message.kind, message.author_id, message.conversation)
    if screened.verdict.action in ({Action.BLOCK} if message.released_at else {Action.BLOCK, Action.QUARANTINE}):
        refusals.refuse_again(message, UUID(actor["id"]) if actor["kind"] == "user" else None, screened)
    if screened.original is not None:
        raise NowMasked()
    return screened


def _last(message: Message) -> Run:
    """:raises RunOpen: while it, or another one, is open."""
    known = list(Run.objects.filter(message=message).order_by("-position").only("id", "state", "session"))
    if not known:
        raise NeverRun()
    for run in known:
        if run.state not in states.FINAL:
            raise RunOpen(f"The run {run.id} is {run.state}; wait for its end, or cancel it first.")
    return known[0]
