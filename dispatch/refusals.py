"""A message that filters blocked: its author is told on the conversation's streams too, and nobody else. Not stored."""

from typing import NoReturn
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contexts.models import Conversation, Message
from dispatch.reading import Screened
from project import bus, logs
from security import findings, limits
from security.findings import Found
from security.screening import MessageBlocked, Mode
from security.screening_models import KeptFinding
from security.sessions import Identity


def refuse(conversation: Conversation, sender: Identity, client_id: str | None, screened: Screened) -> NoReturn:
    """Every stream of this conversation that its author has open, anywhere, shows it; a note may be lost.

    :raises MessageBlocked: always, unless :raises RateLimited: because so much was sent that nothing more is told.
    """
    try:
        screened.refuse(conversation.id, sender.user.id)
    except MessageBlocked as refusal:
        bus.send(
            {
                "conversation": str(conversation.id),
                "workspace": str(conversation.workspace_id),
                "request_id": logs.request_id(),
                "rejected": {"client_id": client_id, "code": refusal.code},
                "to": str(sender.user.id),
            }
        )
        raise


def refuse_again(message: Message, asker: UUID | None, screened: Screened) -> NoReturn:
    """A message of before is blocked by now. However often it is asked again, that is written down once.

    :raises MessageBlocked: with what may be known of it. :raises RateLimited: when `asker` has asked for too much.
    """
    with transaction.atomic():
        if asker is not None:
            limits.spend("messages", asker, *settings.LIMITS["messages"])
        if not _written_down(message, screened):
            findings.keep(screened.verdict, screened.material, Found(message.conversation_id, message.id))
    raise MessageBlocked(screened.verdict.public)


def _written_down(message: Message, screened: Screened) -> bool:
    """Whether what decides, in the version that decides, was kept of this message before."""
    kept = KeptFinding.objects.filter(message=message.id, action=screened.verdict.action, mode=Mode.ENFORCE)
    known = set(kept.values_list("filter", "version", "rule"))
    deciding = (one for one in screened.verdict.enforced if one.action == screened.verdict.action)
    return any((one.filter, one.version, one.rule[:120]) in known for one in deciding)
