"""Which path a message would take: the decision, without sending or storing anything."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contexts.models import Conversation
from dispatch import addressed, asked, kinds, routing
from dispatch.decisions import Decision
from dispatch.submissions import Submission
from project.errors import NotFound
from security import access
from security.models import User, Workspace
from security.workspaces import UnknownUser


@dataclass(frozen=True)
class Explained:
    """`consults`: the expert that would be asked, and why; None: none."""

    decision: Decision
    consults: dict[str, Any] | None


def explain(user: User, target: dict[str, Any], submission: Submission) -> Explained:
    """`target`: `workspace` or `conversation` (ids), and `as`, the username of who would send it.

    :raises NotFound: for a foreign or unknown target. :raises Forbidden: for a member who does not manage.
    :raises UnknownUser: unless `as` names a member, or for staff anybody. :raises UnknownKind: as for a message.
    """
    workspace = _workspace(user, target)
    kinds.check(submission.kind, submission.parts)
    sender = _sender(user, workspace, target["as"]) if "as" in target else user
    decision = routing.decide(asked.submitted(submission, sender, workspace))
    return Explained(decision, addressed.preview(decision, submission, workspace))


def _workspace(user: User, target: dict[str, Any]) -> UUID:
    if "conversation" in target:
        conversation = Conversation.objects.filter(id=target["conversation"], deleted_at=None).first()
        if conversation is None:
            raise NotFound()
        workspace: UUID = conversation.workspace_id
    else:
        workspace = target["workspace"]
    if not user.is_staff:
        access.require(user, workspace, access.MANAGE)
    elif not Workspace.objects.filter(id=workspace).exists():
        raise NotFound()
    return workspace


def _sender(user: User, workspace: UUID, username: str) -> User:
    """Admins learn of the members of their workspace only."""
    people = User.objects.filter(username=username, is_active=True)
    found = (people if user.is_staff else people.filter(memberships__workspace=workspace)).first()
    if found is None:
        raise UnknownUser()
    return found
