"""Tombstones: what stays of a message that was deleted is its place. What it said is gone from every row, and from the
events that told of it: the one change that rows of a log see.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from contexts import folding, messages, relevance, unlearning, versions
from contexts.knowledge import Pin
from contexts.models import Conversation, Message, MessageStatus
from project import log
from project.models import Event
from security import findings

NOTHING: Final[dict[str, Any]] = {"text": "", "parts": [], "metadata": {}}
LATER: Final = ("message.edited", "message.released")  # events that tell a message again; each has an index

AT_ONCE: Final = 50  # numbers of events: for many more, planners would rather read a whole log


def bury(conversation: Conversation, dead: Sequence[Message], about: log.About) -> None:
    """Delete messages of a conversation, and tell each. In the transaction that has locked its stream.

    Their keys stay, so that a late retry of a submission does not bring one back; their digests go, by which short
    texts could be guessed.
    """
    if not dead:
        return
    forget(conversation, dead)
    gone = {**NOTHING, "original": None, "digest": "", "expires_at": None, "status": MessageStatus.DELETED}
    Message.objects.filter(id__in=[message.id for message in dead]).update(**gone)
    for message in dead:
        for name, value in gone.items():
            setattr(message, name, value)
        log.append(
            conversation.stream,
            "message.deleted",
            messages.whole(message),
            replace(about, message=message.id, visible_to=message.visible_to),
        )


def forget(conversation: Conversation, dead: Sequence[Message]) -> int:
    """Nothing is known of them any more, and no event says what they said. The rows are the caller's to change, after
    this. Returns the version of the context.
    """
    ids, seqs = [message.id for message in dead], [message.seq for message in dead]
    counted = [message for message in dead if message.status != MessageStatus.DELETED]
    unlearning.unlearn(conversation, ids)
    Pin.objects.filter(Q(message__in=ids) | Q(about__in=ids)).delete()
    relevance.drop(ids)
    findings.bury(ids)
    folding.spoil(conversation, seqs)
    _silence(_telling(conversation.stream, ids, seqs), set(map(str, ids)))
    private = sum(1 for message in counted if message.visible_to)
    return versions.rise(conversation.id, -len(counted), -private)


def _telling(stream: str, ids: Collection[UUID], seqs: Collection[int]) -> Iterable[Event]:
    """The events in which they stand: the first ones have the messages' numbers."""
    numbers = sorted(seqs)
    first = (
        Event.objects.filter(stream=stream, seq__in=numbers[start : start + AT_ONCE])
        for start in range(0, len(numbers), AT_ONCE)
    )
    return chain(*first, *(Event.objects.filter(message__in=ids, type=type) for type in LATER))


def _silence(events: Iterable[Event], ids: Collection[str]) -> None:
    changed = []
    for event in events:
        told = event.data.get("message")
        if isinstance(told, dict) and told["id"] in ids:
            event.data = {"message": {**told, **NOTHING, "status": MessageStatus.DELETED.value}, "length": 0}
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=20)  # a statement grows with the square of it
