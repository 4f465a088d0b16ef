"""Deleting a message: by its author, by who manages the workspace, by staff. Its answers stay; its open run ends."""

from uuid import UUID

from django.db import transaction

from contexts import conversations, tombstones
from contexts.models import Message, MessageStatus
from dispatch import delegation_erasure, stopping
from project import log
from project.errors import Conflict, NotFound
from security import access
from security.models import User


class MessageHeld(Conflict):
    code = "message_held"
    title = "The message is held for a review; it can be deleted once that is decided"


def delete(user: User, message_id: UUID) -> None:
    """Its text is gone from the rows and from the log; a tombstone keeps its place. Once more changes nothing.

    :raises NotFound: for a message that is not theirs to see. :raises Forbidden: for who neither wrote it nor manages
    the workspace. :raises MessageHeld: while reviewers look at it.
    """
    message = _found(user, message_id)
    actor = {"kind": "user", "id": str(user.id)}
    with transaction.atomic():
        log.lock(message.conversation.stream)
        message.refresh_from_db(fields=["status", "visible_to", "run"])
        if message.status == MessageStatus.QUARANTINED:
            raise MessageHeld()
        if message.status != MessageStatus.DELETED:
            stopping.withdraw([message.id], actor)
            delegation_erasure.bury(message.conversation, [message.id], actor)
            about = log.About(message.conversation.workspace_id, message.run, message.id, actor)
            tombstones.bury(message.conversation, [message], about)


def _found(user: User, id: UUID) -> Message:
    messages = Message.objects.select_related("conversation").filter(conversation__deleted_at=None, id=id)
    message = messages.filter(user.reader.rows).first()
    if message is None:
        raise NotFound()
    if not _is_moderator(user):
        conversations.find(user, message.conversation_id, access.CHAT)
        if message.author_id != user.id:
            access.require(user, message.conversation.workspace_id, access.MANAGE)
    return message


def _is_moderator(user: User) -> bool:
    """Staff, by their permission in the admin; a key opens its own workspace alone, whoever made it."""
    return user.grant is None and user.is_staff and user.has_perm("contexts.delete_message")
