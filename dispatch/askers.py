"""Who asks an expert of ours, and with whose eyes it reads for them: it may repeat what it reads to all who see its
result.
"""

from dataclasses import dataclass
from typing import Any

from contexts.models import Conversation
from integrations.contract import Task
from project.readers import EVERYBODY, STAFF, Reader
from security.models import User


@dataclass(frozen=True)
class Sight:
    """`reader`: whose messages may be read. `conversations`: of the task's workspace, as the asker may see now."""

    reader: Reader
    conversations: Any


def sight(task: Task) -> Sight:
    """Of nothing, where the asker is gone, switched off, or no member any more."""
    user = User.objects.filter(id=task.asker, is_active=True).first() if task.asker else None
    if user is None:
        return Sight(EVERYBODY, Conversation.objects.none())
    alone = task.visible_to in (STAFF, str(user.id))
    here = Conversation.objects.visible_to(user).filter(workspace=task.workspace)
    return Sight(user.reader if alone else EVERYBODY, here)
