"""A conversation to which all can happen that changes what handlers know; each door does it as the product does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from contexts import changes, conversations, messages, versions
from contexts.knowledge import ContextPolicy, Entity, Pin
from contexts.models import Conversation, Message, MessageRole
from project import log
from project.ids import new_id
from tests.contexts.said import fresh, say

TEXTS: Final = (
    "Yes.",
    "The train to Turin leaves at nine on Monday, from platform four.",
    "Wir treffen uns am Bahnhof, und danach gehen wir zusammen essen; Ö und ß sind dabei.",
    "\u4f60\u597d\uff0c\u6211\u4eec\u660e\u5929\u89c1\u9762\u3002" * 6,
    "\U0001f469\u200d\U0001f680" * 30,
    "def total(items): return sum(item.price * item.count for item in items)\n" * 12,
    "x" * 3000,
    "",
)
GONE: Final = "2020-01-01T00:00:00+00:00"
METADATA: Final[tuple[dict[str, Any], ...]] = (
    {},
    {},
    {"expires_at": GONE},
    {"expires_at": "2999-01-01T00:00:00+00:00", "note": "kept"},
    {"long": "word " * 200},
)
PARTS: Final[tuple[tuple[dict[str, Any], ...], ...]] = ((), (), (), ({"type": "data", "data": {"n": [1, 2, 3] * 40}},))
BUDGETS: Final = (40, 120, 300, 1000, 4000)
COUNTS: Final = (1, 2, 5, 30)


@dataclass
class Talk:
    """`people`: who may write. Each door takes a number, and chooses by it."""

    people: list[Any]
    conversation: Conversation = field(init=False)

    def __post_init__(self) -> None:
        ada = self.people[0]
        self.conversation = conversations.create(ada.user, ada.workspace.id, {"title": "Talk"})

    @property
    def about(self) -> log.About:
        return log.About(self.conversation.workspace_id)

    def rows(self, **wanted: Any) -> list[Message]:
        rows = Message.objects.filter(conversation=self.conversation, **wanted).order_by("seq")
        return list(rows.select_related("conversation", "author"))

    def one(self, number: int, **wanted: Any) -> Message | None:
        rows = self.rows(**wanted)
        return rows[number % len(rows)] if rows else None

    def post(self, number: int) -> None:
        person = self.people[number % len(self.people)]
        say(fresh(self.conversation), TEXTS[number % len(TEXTS)], person, **_beside(number))

    def whisper(self, number: int) -> None:
        person = self.people[number % len(self.people)]
        visible_to = ("staff", str(person.user.id))[number % 2]
        say(fresh(self.conversation), f"whispered {number}", person, visible_to=visible_to)

    def answer(self, number: int) -> None:
        question = self.one(-1, role="user")
        text = TEXTS[number % len(TEXTS)]
        say(fresh(self.conversation), text, reply_to=question and question.id, **_beside(number))

    def answer_privately(self, number: int) -> None:
        person = self.people[number % len(self.people)]
        say(fresh(self.conversation), f"for you alone {number}", visible_to=str(person.user.id))

    def note(self, number: int) -> None:
        say(fresh(self.conversation), f"system note {number}", role=MessageRole.SYSTEM)

    def hold(self, number: int) -> None:
        say(fresh(self.conversation), f"held {number}", self.people[number % len(self.people)], held=True)

    def release(self, number: int) -> None:
        held = self.one(number, status="quarantined")
        if held:
            with transaction.atomic():
                log.lock(self.conversation.stream)
                messages.release(held, new_id(), self.about)

    def reject(self, number: int) -> None:
        held = self.one(number, status="quarantined")
        if held:
            with transaction.atomic():
                messages.reject(held, "rejected", self.about)

    def pin(self, number: int) -> None:
        message = self.one(number, status__in=("received", "completed"), pins=None)
        expires_at = timezone.now() + timedelta(days=1 if number % 3 else -1)
        self._change(
            "pins",
            lambda: (
                message
                and Pin.objects.create(
                    conversation=self.conversation, message=message, expires_at=expires_at if number % 2 else None
                )
            ),
        )

    def pin_note(self, number: int) -> None:
        text = TEXTS[number % len(TEXTS)][:2000] or "note"
        self._change("pins", lambda: Pin.objects.create(conversation=self.conversation, text=text))

    def unpin(self, number: int) -> None:
        pins = list(Pin.objects.filter(conversation=self.conversation).order_by("id"))
        if pins:
            self._change("pins", pins[number % len(pins)].delete)

    def name(self, number: int) -> None:
        now = timezone.now()
        self._change(
            "entities",
            lambda: Entity.objects.update_or_create(
                conversation=self.conversation,
                type="person",
                normal=f"name {number % 7}",
                defaults={
                    "value": f"Name {number}",
                    "first_seen": now,
                    "last_seen": now,
                    "last_seq": number,
                    "pinned": number % 3 == 0,
                    "removed_at": now if number % 5 == 0 else None,
                },
            ),
        )

    def edit(self, number: int) -> None:
        message = self.one(number, status__in=("received", "completed"))
        if message:
            self._rewrite(message, text=TEXTS[(number + 1) % len(TEXTS)] + " edited")

    def delete(self, number: int) -> None:
        """The newest user message stays: it is the one that is answered."""
        message = self.one(number, status__in=("received", "completed"))
        if message and message != self.one(-1, role="user"):
            with transaction.atomic():
                self._rewrite(message, text="", parts=[], metadata={}, status="deleted")
                Pin.objects.filter(message=message).delete()
                versions.rise(self.conversation.id, -1, -int(message.visible_to != ""))

    def prune(self, number: int) -> None:
        message = self.one(number, status__in=("received", "completed"))
        if message:
            self._rewrite(message, pruned=not message.pruned)

    def prune_until(self, number: int) -> None:
        message = self.one(number) if number % 4 else None
        with transaction.atomic():
            log.lock(self.conversation.stream)
            rows = Conversation.objects.filter(id=self.conversation.id)
            rows.update(pruned_until=message.seq if message else 0)
            versions.rise(self.conversation.id)

    def policy(self, number: int) -> None:
        """No version rises: the policy is part of the key."""
        fields = {
            "messages": COUNTS[number % len(COUNTS)],
            "tokens": BUDGETS[number % len(BUDGETS)],
            "days": (None, None, 1)[number % 3],
            "summary": number % 4 != 0,
            "entities": number % 5 != 0,
        }
        ContextPolicy.objects.update_or_create(workspace_id=self.conversation.workspace_id, defaults=fields)

    def invalidate(self, number: int) -> None:
        versions.rise(self.conversation.id)

    def forget_cache(self, number: int) -> None:
        cache.clear()

    def _rewrite(self, message: Message, **fields: Any) -> None:
        with transaction.atomic():
            log.lock(self.conversation.stream)
            Message.objects.filter(id=message.id).update(**fields)
            versions.rise(self.conversation.id)

    def _change(self, noun: str, work: Callable[[], Any]) -> None:
        with transaction.atomic():
            work()
            changes.change(fresh(self.conversation), self.about, {noun: 1})


DOORS: Final = sorted(name for name in set(vars(Talk)) - {"rows", "one", "about"} if not name.startswith("_"))


def _beside(number: int) -> dict[str, Any]:
    return {"metadata": METADATA[number % len(METADATA)], "parts": PARTS[number % len(PARTS)]}
