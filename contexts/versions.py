"""The version of a context: it rises with every change that a context can show, in the transaction of the change."""

from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from contexts import snapshots
from contexts.models import Conversation

RISE: Final = """
UPDATE contexts_conversation
SET context_version = context_version + 1, updated_at = %s, message_count = message_count + %s,
    private_count = private_count + %s
WHERE id = %s RETURNING context_version
"""


def rise(conversation: UUID, messages: int = 0, private: int = 0, followed: bool = False) -> int:
    """The version as of now. `messages` and `private` change how many there are. The row is locked until commit.

    `followed`: the caller makes the next snapshot from the one there is; else that one goes.
    """
    key: Any = Conversation._meta.pk.get_db_prep_value(conversation, connection)
    now: Any = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(RISE, [now, messages, private, key])
        [version] = cursor.fetchone()
    if not followed:
        snapshots.forget(conversation)
    return int(version)
