"""People who ask an expert without a message: what they give it is read as a message is, then it is made."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contexts import conversations
from contexts.conversations import ConversationArchived
from contexts.models import Conversation
from dispatch import audiences, delegation_ends, delegations, expert_room, placing, reading, submissions
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.delegations import For
from dispatch.models import Audience
from dispatch.orders import Order
from dispatch.reading import Screened
from project import log
from project.errors import Conflict, NotFound
from security import access, limits
from security.material import Body, Stage
from security.models import User
from security.sessions import Identity


class DelegationFinished(Conflict):
    code = "delegation_finished"
    title = "The delegation has ended already"


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, once filters have read it."""

    conversation: Conversation
    order: Order
    metadata: dict[str, Any]
    screened: Screened


def read(user: User, conversation_id: UUID, order: Order, metadata: dict[str, Any]) -> Wish:
    """Filters read all of it before anything is written.

    :raises NotFound: for a conversation that is not the user's to see. :raises Forbidden: for a viewer.
    :raises MessageBlocked: or a sibling, when screening refuses; nobody could hold it for a review.
    """
    conversation = conversations.find(user, conversation_id, access.CHAT)
    body = _body(order, metadata)
    screened = reading.look(body, "text", user.id, conversation, Stage.DELEGATION)
    if screened.refused:
        screened.refuse(conversation.id, user.id)
    kept = {**screened.shown.metadata, **submissions.steering(metadata)}
    return Wish(conversation, _masked(order, screened.shown), kept, screened)


@transaction.atomic
def make(wish: Wish, asker: Identity) -> Delegation:
    """Hand it over.

    :raises ExpertUnknown: or what else `placing.place()` raises. :raises ConversationArchived: first take it back.
    :raises TooManyDelegations: where too many are open. :raises RateLimited: it counts as a message does.
    """
    conversation, user = wish.conversation, asker.user
    log.lock(conversation.stream)
    check_open(conversation)
    expert_room.check_few(conversation.id)
    audience = audiences.narrowed(Audience.CONVERSATION, wish.metadata)
    whose = For(
        conversation=conversation,
        owner=user.id,
        visible_to=audiences.visible_to(audience, user.id),
        session=asker.session.id,
        asked_by=user.id,
        metadata=wish.metadata,
    )
    made = delegations.make(wish.order, placing.place(wish.order, conversation.workspace_id), whose)
    wish.screened.keep(None, conversation.id)
    # Last: the row is the asker's in all conversations, and locked until commit.
    limits.spend("messages", user.id, *settings.LIMITS["messages"])
    return made


def find(user: User, id: UUID, roles: frozenset[str] = access.READ) -> Delegation:
    """:raises NotFound: for one that is not the user's to see. :raises Forbidden: unless their role is in `roles`."""
    rows = Delegation.objects.filter(user.reader.rows, id=id)
    found = rows.select_related("conversation__workspace__context_policy").first()
    if found is None:
        raise NotFound()
    conversations.find(user, found.conversation_id, roles)
    return found


@transaction.atomic
def cancel(user: User, id: UUID) -> None:
    """Stop one in a conversation that the user may write in. Once more changes nothing.

    :raises NotFound: or Forbidden, as `find()`. :raises DelegationFinished: naming its state, when it ended otherwise.
    """
    found = find(user, id, access.CHAT)
    log.lock(found.conversation.stream)
    if not delegation_ends.cancel_all(Delegation.objects.filter(id=id), {"kind": "user", "id": str(user.id)}):
        state = Delegation.objects.values_list("state", flat=True).get(id=id)
        if state != DelegationState.CANCELED:
            raise DelegationFinished(f"The delegation has ended already: it is {state}.")


def _body(order: Order, metadata: dict[str, Any]) -> Body:
    """As a message would say it, with no words of ours around it, by which filters might take it for something else."""
    names = ({name: value for name, value in one.items() if name != "text"} for one in order.artifacts)
    data = [{"type": "data", "data": value} for value in ({"input": order.input}, order.constraints, *names)]
    texts = ({"type": "text", "text": one["text"]} for one in order.artifacts)
    return Body("", (*data, *texts), submissions.unsteering(metadata))


def _masked(order: Order, shown: Body) -> Order:
    given, constraints, *rest = shown.parts
    names, texts = rest[: len(order.artifacts)], rest[len(order.artifacts) :]
    artifacts = ({**name["data"], "text": text["text"]} for name, text in zip(names, texts, strict=True))
    return replace(order, input=given["data"]["input"], constraints=constraints["data"], artifacts=tuple(artifacts))


def check_open(conversation: Conversation) -> None:
    """Of a row that may be old. Under the lock of its stream.

    :raises ConversationArchived: :raises NotFound: when it was deleted meanwhile.
    """
    conversation.refresh_from_db(fields=["archived_at", "deleted_at"])
    if conversation.deleted_at is not None:
        raise NotFound()
    if conversation.archived_at is not None:
        raise ConversationArchived()
