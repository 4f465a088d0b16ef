"""Conversations: create, find, change, archive, delete. Each change is a fact in the workspace's log."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from contexts import labelling
from contexts.models import Conversation
from project import log, logs
from project.errors import Conflict, NotFound
from security import access
from security.members import stream_of
from security.models import User


class ConversationArchived(Conflict):
    code = "conversation_archived"
    title = "The conversation is archived; set `archived` to false first"


def find(user: User, id: UUID, roles: frozenset[str] = access.READ) -> Conversation:
    """:raises NotFound: foreign and unknown alike. :raises Forbidden: when the user's role is not among `roles`."""
    rows = Conversation.objects.visible_to(user).select_related("workspace__context_policy")
    conversation: Conversation | None = rows.filter(id=id).first()
    if conversation is None:
        raise NotFound()
    logs.add(conversation_id=id)
    access.require(user, conversation.workspace_id, roles)
    return conversation


def create(user: User, workspace_id: UUID, fields: dict[str, Any]) -> Conversation:
    """:raises MessageBlocked: or a sibling, for a title or metadata that filters refuse, or want to have reviewed."""
    access.require(user, workspace_id, access.CHAT)
    labels = labelling.read(user.id, workspace_id, fields)
    with transaction.atomic():
        conversation = Conversation.objects.create(workspace_id=workspace_id, created_by=user, **fields | labels.shown)
        labels.keep(conversation.id)
        log.open_stream(conversation.stream)
        _tell("conversation.created", conversation, user)
    return conversation


def change(user: User, conversation: Conversation, fields: dict[str, Any]) -> Conversation:
    """Set title, policy or metadata; `archived` puts it away or takes it back.

    :raises MessageBlocked: or a sibling, for a title or metadata that filters refuse, or want to have reviewed.
    :raises NotFound: when it was deleted meanwhile.
    """
    access.require(user, conversation.workspace_id, access.CHAT)
    archived = fields.pop("archived", None)
    labels = labelling.read(user.id, conversation.workspace_id, fields, conversation.id)
    fields |= labels.shown
    with transaction.atomic():
        conversation = _locked(conversation)
        labels.keep(conversation.id)
        for name, value in fields.items():
            setattr(conversation, name, value)
        if archived is not None:
            conversation.archived_at = timezone.now() if archived else None
        conversation.save(update_fields=[*fields, "archived_at", "updated_at"])
        _tell("conversation.archived" if archived else "conversation.updated", conversation, user)
    return conversation


def delete(user: User, conversation: Conversation) -> None:
    """Gone for everybody at once; its rows stay until retention takes them.

    :raises NotFound: when it was deleted meanwhile.
    """
    access.require(user, conversation.workspace_id, access.CHAT)
    with transaction.atomic():
        conversation = _locked(conversation)
        conversation.deleted_at = timezone.now()
        conversation.save(update_fields=["deleted_at"])
        _tell("conversation.deleted", conversation, user)


def readable_among(pairs: "set[tuple[UUID, UUID]]") -> set[tuple[UUID, UUID]]:
    """Which of these (user, conversation) pairs may be read: one query for all streams of a process."""
    users = {user for user, _ in pairs}
    ids = {conversation for _, conversation in pairs}
    readable = Conversation.objects.filter(id__in=ids, deleted_at=None, workspace__memberships__user__in=users)
    return pairs & set(readable.values_list("workspace__memberships__user", "id"))


def wire(conversation: Conversation) -> dict[str, Any]:
    """A conversation as events show it: what a client shows in a list, without what each message changes."""
    return {
        "id": str(conversation.id),
        "workspace": str(conversation.workspace_id),
        "title": conversation.title,
        "policy": conversation.policy,
        "metadata": conversation.metadata,
        "archived": conversation.archived_at is not None,
        "created_at": log.row_time(conversation.created_at),
    }


def _locked(conversation: Conversation) -> Conversation:
    """The row anew, under the lock that each change here takes first: a parallel one may have changed or deleted it."""
    log.lock(stream_of(conversation.workspace_id))
    found: Conversation | None = Conversation.objects.filter(id=conversation.id, deleted_at=None).first()
    if found is None:
        raise NotFound()
    return found


def _tell(type: str, conversation: Conversation, user: User) -> None:
    about = log.About(conversation.workspace_id, actor={"kind": "user", "id": str(user.id)})
    log.append(stream_of(conversation.workspace_id), type, {"conversation": wire(conversation)}, about)
