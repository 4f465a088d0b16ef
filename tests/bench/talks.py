"""Conversations of any length, and what is done to them to see what it costs."""

import time
from functools import cached_property
from typing import Any, Final

import psutil
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from contexts import asking, conversations, documents, folding, limits, snapshots, store
from contexts.knowledge import SearchDocument
from contexts.known import Later
from contexts.messages import Draft
from contexts.models import Conversation, Message, MessageRole
from contexts.snapshots import Key
from project import log
from project.models import Stream
from project.readers import EVERYBODY
from security.models import User, Workspace
from tests.bench.knowing import ASKED, TEXT
from tests.contexts import history

BATCH: Final = 500
WARM: Final = 10  # a share of those that are touched fills what caches there are


class Talk:
    """So many messages, findable and folded, and one more that is to be answered."""

    def __init__(self, messages: int) -> None:
        self.ada = User.objects.get(username="ada")
        self.id = conversations.create(self.ada, _workspace(self.ada).id, {"title": "Long"}).id
        history.give(self._now(), messages, TEXT.format, self.ada)
        _index(self.id)
        while folding.fold(self.id):
            pass
        self.message = self.append(ASKED)

    def append(self, text: str = ASKED) -> Message:
        with transaction.atomic():
            draft = Draft(MessageRole.USER, "text", text, author=self.ada.id, writer=self.ada)
            return store.append(self._now(), draft, log.About())

    def load(self) -> object:
        return store.load(self.message)

    def miss(self) -> object:
        cache.delete(str(self.key()))
        return store.load(self.message)

    def rows(self, times: int) -> list[float]:
        """Seconds for what a load reads of rows whatever the cache holds."""
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            store._counted(self.message, EVERYBODY, Later(self.message).rows)
            asking.participants_of(_workspace(self.ada).id)
            taken.append(time.perf_counter() - began)
        return taken

    def key(self) -> Key:
        now = self._now()
        return Key(now.id, log.head(now.stream).epoch, now.context_version, limits.of(now))

    def raw(self) -> object:
        return cache.get(self._name)

    def read(self) -> object:
        return snapshots.read(self._key)

    def first(self) -> object:
        snapshots._views.clear()
        return snapshots.read(self._key)

    def bytes(self) -> dict[str, float]:
        size = len(cache.get(str(self.key())).encode())
        return {"ratio": size / settings.CONTEXT_SNAPSHOT_BYTES, "bytes": size}

    def _now(self) -> Any:
        return Conversation.objects.select_related("workspace__context_policy").get(id=self.id)

    @cached_property
    def _key(self) -> Key:
        """Of what `raw`, `read` and `first` read, all of the same."""
        store.load(self.message)
        return self.key()

    @cached_property
    def _name(self) -> str:
        return str(self._key)


def touch(count: int) -> dict[str, float]:
    """Load a context of each of so many conversations. Memory afterwards, and when a tenth of them were loaded."""
    ada, process = User.objects.get(username="ada"), psutil.Process()
    made = [Conversation(workspace=_workspace(ada), created_by=ada, message_count=1) for _ in range(count)]
    Conversation.objects.bulk_create(made, batch_size=BATCH)
    Stream.objects.bulk_create([Stream(key=one.stream, head=1) for one in made], batch_size=BATCH)
    said = [_said(one, ada) for one in made]
    Message.objects.bulk_create(said, batch_size=BATCH)
    warm = 0
    for number, message in enumerate(said):
        store.load(message)
        if number == count // WARM:
            warm = process.memory_info().rss
    full = process.memory_info().rss
    return {"ratio": full / warm, "conversations": count, "warm_mb": warm / 2**20, "full_mb": full / 2**20}


def _said(conversation: Conversation, ada: User) -> Message:
    return Message(
        conversation=conversation,
        seq=1,
        role=MessageRole.USER,
        kind="text",
        text=ASKED,
        status="received",
        author=ada,
        created_at=conversation.created_at,
    )


def _index(conversation: Any) -> None:
    rows = Message.objects.filter(conversation=conversation).select_related("conversation")
    made = [
        SearchDocument(
            message=row,
            conversation_id=conversation,
            seq=row.seq,
            terms=documents.document(documents.place(row), row.text),
        )
        for row in rows.only("seq", "text", "conversation__workspace_id")
    ]
    SearchDocument.objects.bulk_create(made, batch_size=BATCH)


def _workspace(user: User) -> Workspace:
    return Workspace.objects.filter(memberships__user=user).earliest("id")
