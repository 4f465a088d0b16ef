"""A conversation to which all can happen that changes what handlers know; each door does it as the product does."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from contexts import (
    changes,
    conversations,
    expiring,
    folding,
    learning,
    messages,
    pinning,
    proposals,
    pruning,
    store,
    tombstones,
)
from contexts.facts import EntityFact, PinFact
from contexts.knowledge import ContextPolicy, Pin
from contexts.models import Conversation, Message, MessageRole
from contexts.pinning import Change, TooManyPins, Wish
from contexts.proposals import Proposed
from contexts.pruning import Wanted
from project import log
from project.ids import new_id
from tests.contexts import history
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
        message = self.one(number, status__in=("received", "completed"), visible_to="")
        expires_at = timezone.now() + timedelta(days=1 if number % 3 else -1)
        if message:
            self._pin(Wish(message.id, "", expires_at if number % 2 else None))

    def pin_note(self, number: int) -> None:
        self._pin(Wish(text=TEXTS[number % len(TEXTS)][:2000] or "note"))

    def pin_by_row(self, number: int) -> None:
        """As a message that was pinned, and is one reader's alone now: no door pins one, and rows may say so."""
        message = self.one(number, visible_to__gt="", pins=None)
        if message:
            with transaction.atomic():
                Pin.objects.create(conversation=self.conversation, message=message)
                changes.change(fresh(self.conversation), self.about, {"pins": 1})

    def unpin(self, number: int) -> None:
        pins = list(Pin.objects.filter(conversation=self.conversation).order_by("id"))
        if pins:
            self._change(Change(unpin=(pins[number % len(pins)].id,)))

    def describe(self, number: int) -> None:
        self._change(Change(metadata={"topic": f"topic {number}"}))

    def propose(self, number: int) -> None:
        message = self.one(-1, role="user", status="received")
        facts = (EntityFact("person", f"Person {number % 40}"), PinFact(f"proposed {number}"))
        if message:
            with transaction.atomic():
                log.lock(self.conversation.stream)
                proposed = [Proposed("test", facts[number % 2])]
                proposals.keep(fresh(self.conversation), message, proposed, self.about)

    def edit(self, number: int) -> None:
        message = self.one(number, role="user", status="received")
        if message:
            body = {"text": TEXTS[(number + 1) % len(TEXTS)] + " edited", **_beside(number)}
            body["parts"] = list(body["parts"])
            with transaction.atomic():
                log.lock(self.conversation.stream)
                messages.edit(message, body, None, self.about)
                folding.spoil(message.conversation, [message.seq])

    def delete(self, number: int) -> None:
        message = self.one(number, status__in=("received", "completed", "quarantined"))
        if message:
            with transaction.atomic():
                log.lock(self.conversation.stream)
                tombstones.bury(fresh(self.conversation), [message], self.about)

    def prune(self, number: int) -> None:
        message = self.one(number, status__in=("received", "completed"), visible_to="")
        self._prune(Wanted(messages=(message.id,)) if message else Wanted(keep_last=0))

    def prune_range(self, number: int) -> None:
        choices = (Wanted(keep_last=number % 12), Wanted(tokens=number), Wanted(expired=True), Wanted(restore=True))
        self._prune(choices[number % len(choices)])

    def expire(self, number: int) -> None:
        expiring.expire()

    def fold(self, number: int) -> None:
        folding.fold(self.conversation.id)

    def renew(self, number: int) -> None:
        folding.renew()

    def learn(self, number: int) -> None:
        message = self.one(number, role="user", status="received")
        if message:
            conversation = fresh(self.conversation)
            learned = learning.read(conversation, message)
            with transaction.atomic():
                log.lock(self.conversation.stream)
                learning.keep(conversation, message, learned, 0, self.about)

    def past(self, number: int) -> None:
        """The past, of which much is folded at once."""
        author = self.people[0].user
        history.give(fresh(self.conversation), number % 200, lambda at: TEXTS[at * 7 % 3], author)

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
        store.invalidate(fresh(self.conversation))

    def forget_cache(self, number: int) -> None:
        cache.clear()

    def _pin(self, wish: Wish) -> None:
        """One too many is refused, and nothing changes."""
        with suppress(TooManyPins):
            self._change(Change(pin=(wish,)))

    def _change(self, asked: Change) -> None:
        pinning.change(self.people[0].user, fresh(self.conversation), asked)

    def _prune(self, wanted: Wanted) -> None:
        pruning.prune(fresh(self.conversation), wanted, self.about)


DOORS: Final = sorted(name for name in set(vars(Talk)) - {"rows", "one", "about", "past"} if not name.startswith("_"))


def _beside(number: int) -> dict[str, Any]:
    return {"metadata": METADATA[number % len(METADATA)], "parts": PARTS[number % len(PARTS)]}
