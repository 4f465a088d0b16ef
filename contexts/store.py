"""Loading a context: the newest messages within a token budget, read from rows.

The cost does not grow with the conversation: rows are read newest first, in pages, until the budget is spent.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from contexts.context import Context, MessageView, Participant, view
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project.readers import EVERYBODY, Reader
from security.models import Membership

PAGE: Final = 50
# Four characters a token is the providers' own rule of thumb for English; the counted budget is step 7's.
CHARACTERS_PER_TOKEN: Final = 4
MESSAGE_OVERHEAD: Final = 4  # tokens of role and separators
KNOWN: Final = (MessageStatus.RECEIVED, MessageStatus.COMPLETED)


def load(message: Message, reader: Reader = EVERYBODY, unanswered: Collection[UUID] = ()) -> Context:
    """What a handler may know when it answers `message`, as far as the budget goes: what `reader` may read.

    Later user messages wait for their own turn and are left out; answers are not, whenever they came. To one that was
    released from quarantine the conversation has gone on: only those of the `unanswered` messages are left out.
    """
    later = Q(role=MessageRole.USER, seq__gte=message.seq)
    if message.released_at:
        later &= Q(id__in=[message.id, *unanswered])
    conversation = _counted(message, reader, later)
    messages = Message.objects.filter(reader.rows, conversation=conversation, status__in=KNOWN)
    known = messages.filter(~later)
    window, tokens = _window(known.select_related("author").order_by("-seq"))
    total = conversation.public_count + conversation.private - conversation.waiting
    return Context(
        conversation=conversation.id,
        workspace=conversation.workspace_id,
        title=conversation.title,
        version=conversation.context_version,
        messages=tuple(reversed(window)),
        tokens=tokens,
        total=total,
        left_out=max(0, total - len(window)),
        started_at=conversation.created_at,
        participants=tuple(_participants(conversation)),
        metadata=conversation.metadata,
    )


def cost(text: str) -> int:
    """Tokens, estimated."""
    return MESSAGE_OVERHEAD + -(-len(text) // CHARACTERS_PER_TOKEN)


def _counted(message: Message, reader: Reader, later: Q) -> Any:
    """The conversation with `waiting`, those that are `later`, and what is `private` to the reader.

    In one statement: what arrives between two would count in one of them only.
    """
    here = Message.objects.filter(conversation=OuterRef("pk"))
    waiting = _count(here.filter(later, status__in=KNOWN))
    private = Value(0) if reader == EVERYBODY else _count(here.filter(reader.rows, visible_to__gt="", status__in=KNOWN))
    return Conversation.objects.annotate(waiting=waiting, private=private).get(id=message.conversation_id)


def _count(messages: "QuerySet[Message]") -> Coalesce:
    return Coalesce(Subquery(messages.values("conversation").annotate(count=Count("id")).values("count")), 0)


def _window(newest_first: "QuerySet[Message]") -> tuple[list[MessageView], int]:
    window: list[MessageView] = []
    spent = 0
    for message in _paged(newest_first):
        price = cost(message.text) + _beside(message)
        if spent + price > settings.CONTEXT_TOKENS:
            break
        window.append(view(message))
        spent += price
    return window, spent


def _beside(message: Message) -> int:
    """Tokens of what a message holds beside its text."""
    return sum(len(orjson.dumps(held)) // CHARACTERS_PER_TOKEN for held in (message.parts, message.metadata) if held)


def _paged(newest_first: "QuerySet[Message]") -> Iterator[Message]:
    page = list(newest_first[:PAGE])
    while page:
        yield from page
        page = list(newest_first.filter(seq__lt=page[-1].seq)[:PAGE]) if len(page) == PAGE else []


def _participants(conversation: Conversation) -> Iterator[Participant]:
    members = Membership.objects.filter(workspace_id=conversation.workspace_id).select_related("user")
    for member in members.order_by("id")[:PAGE]:
        user = member.user
        yield Participant(user.id, user.username, user.get_full_name() or user.username, member.role)
