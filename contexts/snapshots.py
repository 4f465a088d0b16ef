"""Snapshots: what everybody's context of a version is made from, kept in the cache. Never the truth.

Of a conversation there is one, which says of which epoch, version and policy it is. Asked for another state, it counts
as none: what is read cannot be stale, whatever an old Redis comes back with. What is no snapshot is made from rows.
A change that makes no next one takes it away on commit: what was deleted stays in no cache.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from contexts import summaries
from contexts.context import EntityView, MessageView, Pinned
from contexts.limits import WAITING, Limits
from contexts.sentences import Line
from contexts.summaries import MOST_LOOSE, Part
from project import metrics

FORMAT: Final = 3
SECONDS: Final = 3 * 3600
DECODED: Final = 8  # conversations whose views are kept, with the text that they were made from
NO_SNAPSHOT: Final = (ValueError, TypeError, LookupError, AttributeError)  # what reading of something else raises
MARGIN: Final = 1.5  # of the budget: messages that wait for their own turn are in it, and are not shown

_views: "OrderedDict[str, tuple[str, Snapshot]]" = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Key:
    """Of which state of which conversation. As text: where its snapshot is."""

    conversation: UUID
    epoch: int
    version: int
    limits: Limits

    def __str__(self) -> str:
        return _place(self.conversation)

    @property
    def state(self) -> str:
        return f"{self.epoch}:{self.version}:{self.limits.hash}"


@dataclass(frozen=True)
class Snapshot:
    """`messages`: the newest that everybody may read, oldest first, more than a window takes. `whole`: there is no
    older one. `loose`: a line for each message that is neither there nor in a part. `made_at`: when it was kept.
    `size`: in bytes, of one that was read from the cache; 0 for one that was just made from rows. `state`: of its key.
    """

    messages: tuple[MessageView, ...] = ()
    whole: bool = True
    pinned: tuple[Pinned, ...] = ()
    entities: tuple[EntityView, ...] = ()
    parts: tuple[Part, ...] = ()
    loose: tuple[Line, ...] = ()
    made_at: datetime | None = field(default=None, compare=False)
    size: int = field(default=0, compare=False)
    state: str = field(default="", compare=False)


@dataclass(frozen=True)
class Kept:
    """What the cache holds, as people are told of it."""

    bytes: int
    made_at: datetime


def read(key: Key) -> Snapshot | None:
    """None when there is none, when it is of another state, or when what is there is none."""
    try:
        snapshot = _found(str(key))
    except NO_SNAPSHOT:
        metrics.snapshots.labels("corrupt").inc()
        return None
    if snapshot is None or snapshot.state != key.state:
        metrics.snapshots.labels("miss").inc()
        return None
    metrics.snapshots.labels("hit").inc()
    return snapshot


def peek(keys: Iterable[Key]) -> dict[Key, Kept]:
    """Those of them that are in the cache, in one round trip. Counts as no hit and no miss."""
    asked = {str(key): key for key in keys}
    found = cache.get_many(asked)
    return {asked[name]: kept for name, text in found.items() if (kept := _kept(text, asked[name]))}


def store(key: Key, snapshot: Snapshot) -> Snapshot:
    """As it is kept: with fewer messages where all would take more than `settings.CONTEXT_SNAPSHOT_BYTES`."""
    snapshot = replace(snapshot, made_at=timezone.now(), size=0, state=key.state)
    while len(encoded := orjson.dumps(snapshot)) > settings.CONTEXT_SNAPSHOT_BYTES:
        if not snapshot.messages:
            metrics.snapshots.labels("too_large").inc()
            _drop(str(key))
            return snapshot
        snapshot = _shifted(snapshot, (len(snapshot.messages) + 1) // 2)
    cache.set(str(key), encoded.decode(), SECONDS)
    metrics.snapshots.labels("stored").inc()
    metrics.snapshot_bytes.observe(len(encoded))
    return snapshot


def forget(conversation: UUID) -> None:
    """On commit, take away what there is: it is of a version that is over, and may hold what was deleted."""
    transaction.on_commit(partial(_drop, _place(conversation)))


def follow(key: Key, added: Iterable[MessageView] = (), **changed: Any) -> None:
    """On commit, make the snapshot of `key` from the one before it: with messages added at the end, and fields changed.

    Without the one before, the next load makes it from rows, and what there is goes.
    """
    transaction.on_commit(partial(_follow, key, tuple(added), changed))


def _follow(key: Key, added: tuple[MessageView, ...], changed: dict[str, Any]) -> None:
    first = any(view.seq == 1 for view in added)  # there is nothing before it
    before = Snapshot() if first else glance(replace(key, version=key.version - 1))
    if before is None:
        _drop(str(key))
    else:
        after = replace(before, messages=before.messages + added, **changed)
        store(key, trimmed(replace(after, loose=_free(after)), key.limits))


def _free(snapshot: Snapshot) -> tuple[Line, ...]:
    """Of the loose lines, those that no part covers."""
    until = snapshot.parts[-1].last if snapshot.parts else -1
    return tuple(line for line in snapshot.loose if line.seq > until)


def glance(key: Key) -> Snapshot | None:
    """The same, and not counted: nobody loads a context."""
    try:
        snapshot = _found(str(key))
    except NO_SNAPSHOT:
        return None
    return snapshot if snapshot and snapshot.state == key.state else None


def trimmed(snapshot: Snapshot, limits: Limits) -> Snapshot:
    """Without the oldest messages that no window of these limits reaches."""
    total, kept = 0, 0
    for view in reversed(snapshot.messages[-limits.messages - WAITING :]):
        total += view.tokens
        if total > limits.share(MARGIN):
            break
        kept += 1
    return _shifted(snapshot, len(snapshot.messages) - kept)


def _shifted(snapshot: Snapshot, count: int) -> Snapshot:
    """The `count` oldest messages become lines."""
    if not count:
        return snapshot
    lines = [line for view in snapshot.messages[:count] if (line := summaries.gist(view))]
    return replace(
        snapshot, messages=snapshot.messages[count:], whole=False, loose=(*snapshot.loose, *lines)[-MOST_LOOSE:]
    )


def _place(conversation: UUID) -> str:
    return f"context:{conversation.hex}:{FORMAT}"


def _kept(text: Any, key: Key) -> Kept | None:
    try:
        held = orjson.loads(text)
        kept = Kept(len(text.encode()), datetime.fromisoformat(held["made_at"]))
        return kept if held["state"] == key.state else None
    except NO_SNAPSHOT:
        return None


def _drop(place: str) -> None:
    _keep(place, None)
    cache.delete(place)


def _found(place: str) -> Snapshot | None:
    """Views are made once for the same text: handlers are given copies of their own. What the cache has no more goes.

    :raises ValueError: or another of `NO_SNAPSHOT`.
    """
    text = cache.get(place)
    with _lock:
        held = _views.get(place)
    if held is not None and held[0] == text:
        return held[1]
    _keep(place, None)
    if text is None:
        return None
    snapshot = _decoded(text)
    _keep(place, (text, snapshot))
    return snapshot


def _keep(place: str, views: tuple[str, Snapshot] | None) -> None:
    """As the newest; the oldest goes."""
    with _lock:
        _views.pop(place, None)
        if views:
            _views[place] = views
        if len(_views) > DECODED:
            _views.popitem(last=False)


def _decoded(text: str) -> Snapshot:
    encoded = text.encode()
    held = orjson.loads(encoded)
    return Snapshot(
        messages=tuple(map(_message, held["messages"])),
        whole=held["whole"],
        pinned=tuple(map(_pinned, held["pinned"])),
        entities=tuple(map(_entity, held["entities"])),
        parts=tuple(Part(**part | {"lines": _lines(part["lines"])}) for part in held["parts"]),
        loose=_lines(held["loose"]),
        made_at=datetime.fromisoformat(held["made_at"]),
        size=len(encoded),
        state=held["state"],
    )


def _message(held: dict[str, Any]) -> MessageView:
    held["id"] = UUID(held["id"])
    held["created_at"] = datetime.fromisoformat(held["created_at"])
    held["parts"] = tuple(held["parts"])
    held["reply_to"] = held["reply_to"] and UUID(held["reply_to"])
    return MessageView(**held)


def _pinned(held: dict[str, Any]) -> Pinned:
    held["id"] = held["id"] and UUID(held["id"])
    held["message"] = held["message"] and _message(held["message"])
    held["expires_at"] = held["expires_at"] and datetime.fromisoformat(held["expires_at"])
    return Pinned(**held)


def _entity(held: dict[str, Any]) -> EntityView:
    held["id"] = UUID(held["id"])
    for name in ("first_seen", "last_seen"):
        held[name] = datetime.fromisoformat(held[name])
    return EntityView(**held)


def _lines(held: list[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(**line) for line in held)
