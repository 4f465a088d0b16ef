"""Snapshots that were frozen, and come back as from an old Redis."""

from collections.abc import Iterator
from typing import Any

from django.core.cache import cache, caches

from contexts import limits, snapshots
from contexts.models import Conversation
from contexts.snapshots import Key
from project import log
from tests.live import eventually
from tests.modes import PRODUCTION


def key(conversation: Conversation) -> Key:
    """Of the snapshot that is read now."""
    rows: Any = Conversation.objects.select_related("workspace__context_policy")
    now = rows.get(id=conversation.id)
    return Key(now.id, log.head(now.stream).epoch, now.context_version, limits.of(now))


def settled() -> None:
    """The cache is where it will be: on a busy machine the way to Redis may have to be found first."""
    side: Any = caches["default"]
    eventually(lambda: side.state in ("redis", "memory"))


class Frozen:
    """All that the cache holds of a conversation, as it is now: by its names, and in production as Redis dumps it."""

    def __init__(self, conversation: Conversation) -> None:
        settled()
        name = str(key(conversation))
        self._kept = {name: cache.get(name)}
        assert self._kept[name] is not None
        self._dumped = dict(_dumped())

    def put_back(self) -> None:
        cache.set_many(self._kept)
        if PRODUCTION:
            client = _client()
            for name, dump in self._dumped.items():
                client.restore(name, 0, dump, replace=True)


def texts(word: str) -> list[str]:
    """Names under which the cache holds something with this word in it, on either side, or this process does."""
    side: Any = caches["default"]
    held = {name: entry.value for name, entry in side._link.memory.memory._rows.items()}
    if PRODUCTION:
        client = _client()
        held |= {name.decode(): client.get(name) or b"" for name in client.scan_iter("*context:*")}
    held |= {f"views of {name}": text.encode() for name, (text, _snapshot) in snapshots._views.items()}
    ours = [id.hex for id in Conversation.objects.values_list("id", flat=True)]  # others use the same Redis
    return [name for name, value in held.items() if word.encode() in value and any(id in name for id in ours)]


def _dumped() -> Iterator[tuple[bytes, bytes]]:
    if PRODUCTION:
        client = _client()
        yield from ((name, client.dump(name)) for name in client.scan_iter("*context:*"))


def _client() -> Any:
    from django.conf import settings
    from redis import Redis

    return Redis.from_url(settings.REDIS_URL)
