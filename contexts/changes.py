"""Changes of what is known beside messages: each raises the version and is told, in counts, in one transaction."""

from typing import Any, Final

from contexts import limits, snapshots, versions
from contexts.models import Conversation
from contexts.snapshots import Key
from project import log

BESIDE: Final = frozenset({"metadata"})  # in no snapshot: each load reads the conversation's row


def change(conversation: Conversation, about: log.About, counts: dict[str, int], **fields: Any) -> int:
    """Raise the version and tell `counts`: how many entities, pins and so on were added, changed or taken away.

    `fields` of the snapshot, as they are from now on; without them the next load makes the snapshot from rows, unless
    only what is in none was changed. Returns the version.
    """
    told = {noun: count for noun, count in counts.items() if count}
    head = log.lock(conversation.stream)
    followed = bool(fields or (told and set(told) <= BESIDE))
    version = versions.rise(conversation.id, followed=followed)
    if followed:
        snapshots.follow(Key(conversation.id, head.epoch, version, limits.of(conversation)), **fields)
    log.append(conversation.stream, "context.updated", {"version": version, "changed": told}, about)
    return version
