"""What a decision looks at: a message as it came in, or as it is stored."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contexts.models import Message
from dispatch.submissions import Submission
from security.models import Membership, User


@dataclass(frozen=True)
class Asked:
    """One message and its sender. `role`: the sender's in the workspace; "" for who is no member."""

    kind: str
    text: str
    parts: tuple[dict[str, Any], ...]
    metadata: dict[str, Any]
    sender: UUID | None
    username: str
    role: str
    workspace: UUID


def submitted(submission: Submission, sender: User, workspace: UUID) -> Asked:
    return Asked(
        kind=submission.kind,
        text=submission.text,
        parts=submission.parts,
        metadata=submission.metadata,
        sender=sender.id,
        username=sender.username,
        role=_role(sender.id, workspace),
        workspace=workspace,
    )


def stored(message: Message, workspace: UUID) -> Asked:
    return Asked(
        kind=message.kind,
        text=message.text,
        parts=tuple(message.parts),
        metadata=message.metadata,
        sender=message.author_id,
        username=message.author.username if message.author else "",
        role=_role(message.author_id, workspace),
        workspace=workspace,
    )


def _role(user: UUID | None, workspace: UUID) -> str:
    roles = Membership.objects.filter(user=user, workspace=workspace).values_list("role", flat=True)
    return roles.first() or "" if user else ""
