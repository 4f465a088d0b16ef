"""How much handlers know in a workspace, and how long it keeps what was said: for those who manage it to say."""

from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from contexts.knowledge import ContextPolicy
from contexts.models import Conversation

# The least and the most of each number.
BOUNDS: Final = {
    "messages": (1, 500),
    "days": (1, 3650),
    "tokens": (256, 200_000),
    "recalled": (0, 20),
    "retention_days": (2, 3650),
}


def of(workspace: UUID) -> ContextPolicy:
    """The defaults, unsaved, where nobody has said otherwise."""
    return ContextPolicy.objects.filter(workspace=workspace).first() or ContextPolicy(workspace_id=workspace)


@transaction.atomic
def change(workspace: UUID, fields: dict[str, Any]) -> ContextPolicy:
    """Some of the fields. From the moment of the commit every load in the workspace follows them: the versions of all
    of its conversations rise with it.
    """
    ContextPolicy.objects.get_or_create(workspace_id=workspace)
    policy = ContextPolicy.objects.select_for_update().get(workspace=workspace)
    changed = {name: value for name, value in fields.items() if getattr(policy, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(policy, name, value)
        policy.save(update_fields=[*changed, "updated_at"])
        Conversation.objects.filter(workspace=workspace).update(context_version=F("context_version") + 1)
    return policy
