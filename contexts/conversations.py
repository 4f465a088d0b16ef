"""Conversations: create, find, change, archive, delete. Each change is a fact in the workspace's log."""

from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contexts import changes, labelling
from contexts.models import Conversation
from project import log, logs
from project.errors import Conflict, NotFound, Unprocessable
from security import access
from security.members import stream_of
from security.models import User


class ConversationArchived(Conflict):
    code = "conversation_archived"
    title = "The conversation is archived; set `archived` to false first"


class MetadataTooLarge(Unprocessable):
    code = "metadata_too_large"
    title = "The metadata of the conversation would be too large"


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
        told = sum(fields.get(name, was) != was for name, was in _in_contexts(conversation).items())
        for name, value in fields.items():
            setattr(conversation, name, value)
        if archived is not None:
            conversation.archived_at = timezone.now() if archived else None
        conversation.save(update_fields=[*fields, "archived_at", "updated_at"])
        if told:
            conversation.context_version = changes.change(conversation, _about(conversation, user), {"metadata": told})
        _tell("conversation.archived" if archived else "conversation.updated", conversation, user)
    return conversation


def merge(conversation: Conversation, metadata: dict[str, Any], about: log.About) -> int:
    """Set fields of its metadata, or take away those that are None here, within a transaction that holds the lock of
    its stream; who changes them tells what became of the context. Returns how many changed.

    :raises MetadataTooLarge: when all of it would be. :raises NotFound: when it was deleted meanwhile.
    """
    held = _locked(conversation)
    merged = {name: value for name, value in {**held.metadata, **metadata}.items() if value is not None}
    if len(orjson.dumps(merged)) > settings.METADATA_LIMIT:
        raise MetadataTooLarge(f"All of it takes at most {settings.METADATA_LIMIT} bytes; set what may go to null.")
    count = len([name for name in metadata if merged.get(name) != held.metadata.get(name)])
    if count:
        held.metadata = conversation.metadata = merged
        held.save(update_fields=["metadata", "updated_at"])
        log.append(stream_of(held.workspace_id), "conversation.updated", {"conversation": wire(held)}, about)
    return count


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
    """The row anew, for a parallel change may have changed or deleted it: its log, itself and then its workspace's log
    are locked, in the order in which the end of a run needs them.
    """
    log.lock(conversation.stream)
    rows = Conversation.objects.select_related("workspace__context_policy").filter(id=conversation.id, deleted_at=None)
    found: Conversation | None = rows.select_for_update(of=("self",), no_key=True).first()
    if found is None:
        raise NotFound()
    log.lock(stream_of(conversation.workspace_id))
    return found


def _tell(type: str, conversation: Conversation, user: User) -> None:
    data = {"conversation": wire(conversation)}
    log.append(stream_of(conversation.workspace_id), type, data, _about(conversation, user))


def _about(conversation: Conversation, user: User) -> log.About:
    return log.About(conversation.workspace_id, actor={"kind": "user", "id": str(user.id)})


def _in_contexts(conversation: Conversation) -> dict[str, Any]:
    """What contexts show of its own fields."""
    return {"title": conversation.title, "metadata": conversation.metadata}
