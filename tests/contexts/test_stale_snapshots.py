"""A snapshot that was frozen before a change, and is back after it, is never read: whatever changed, by every door."""

import ast
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from contexts import conversations, expiring, folding, forgetting, learning, messages, proposals, store
from contexts.facts import EntityFact, PinFact
from contexts.knowledge import ContextPolicy, Entity
from contexts.models import Conversation, Message
from contexts.proposals import Proposed
from project import log
from project.ids import new_id
from project.models import Stream
from project.readers import EVERYBODY
from security import members
from security.models import Membership, User
from tests.contexts import history, shown
from tests.contexts.reference import Reference
from tests.contexts.said import fresh, say
from tests.contexts.stale import Frozen, key, settled

ROOT = Path(__file__).resolve().parents[2]
RAISING = {("versions", "rise"), ("changes", "change")}
OWN = {"contexts.changes.change"}  # what the others call


class Room:
    """A long conversation: a question is the last; there are a pin, a fact, something expired and something held."""

    def __init__(self, ada, bob, conversation, client):
        self.ada, self.bob, self.conversation, self.client = ada, bob, conversation, client
        history.give(conversation, 260, "A line of the past, number {}.".format, ada.user)
        self.old = say(fresh(conversation), "The key is under the mat.", ada)
        say(fresh(conversation), "Buy milk.", ada, metadata={"expires_at": "2020-01-01T00:00:00+00:00"})
        self.held = say(fresh(conversation), "held", bob, held=True)
        patch(self, pin=[{"text": "a note"}])
        self.message = say(fresh(conversation), "Where is the key of ada@example.org?", ada)
        keep(self, EntityFact("person", "Bob Stone"))

    @property
    def path(self):
        return f"/api/v1/conversations/{self.conversation.id}/"

    @property
    def about(self):
        return log.About(self.conversation.workspace_id)

    def done(self, answer):
        assert answer.status_code < 300, answer.content


def post(room):
    room.done(room.ada.post(f"{room.path}messages/", {"kind": "text", "text": "One more."}))


def answer(room):
    say(fresh(room.conversation), "Under the mat.", reply_to=room.message.id)


def release(room):
    with transaction.atomic():
        log.lock(room.conversation.stream)
        messages.release(room.held, new_id(), room.about)


def edit(room):
    room.done(room.ada.patch(f"/api/v1/messages/{room.old.id}/", {"text": "The key is in my pocket."}))


def delete(room):
    room.done(room.ada.delete(f"/api/v1/messages/{room.old.id}/"))


def patch(room, **body):
    room.done(room.ada.patch(f"{room.path}context/", body))


def pin(room):
    patch(room, pin=[{"message": str(room.old.id)}])


def propose(room):
    keep(room, PinFact("Mind the mat."))


def recognise(room):
    keep(room, EntityFact("person", "Ada Stone"))


def keep(room, fact):
    with transaction.atomic():
        log.lock(room.conversation.stream)
        proposals.keep(fresh(room.conversation), room.message, [Proposed("test", fact)], room.about)


def retitle(room):
    room.done(room.ada.patch(room.path, {"title": "Keys", "metadata": {"topic": "keys"}}))


def prune(room):
    room.done(room.ada.post(f"{room.path}context/prune", {"keep_last": 1}))


def invalidate(room):
    room.done(room.ada.post(f"{room.path}context/invalidate", {}))


def invalidate_in_admin(room):
    room.client.force_login(room.ada.user)
    body = {"action": "invalidate", "_selected_action": [str(room.conversation.id)]}
    room.client.post(reverse("admin:contexts_contextrow_changelist"), body)


def correct(room):
    entity = Entity.objects.get(value="Bob Stone")
    room.done(room.ada.patch(f"{room.path}entities/{entity.id}/", {"value": "Bob Rock"}))


def learn(room):
    conversation = fresh(room.conversation)
    learned = learning.read(conversation, room.message)
    with transaction.atomic():
        log.lock(conversation.stream)
        learning.keep(conversation, room.message, learned, 0, room.about)


def expire(room):
    assert expiring.expire() == 1


def forget(room):
    assert forgetting.forget(room.ada.user.id)


def fold(room):
    made = folding.fold(room.conversation.id)
    assert made
    return made


def renew(room):
    fold(room)
    with transaction.atomic():
        log.lock(room.conversation.stream)
        folding.spoil(room.conversation, [1])
        store.invalidate(fresh(room.conversation))
    store.load(room.message)
    assert folding.renew() == 1


def word(room):
    source = folding.source(fold(room)[0])
    assert source
    with transaction.atomic():
        log.lock(room.conversation.stream)
        folding.word(fresh(room.conversation), source, "In the words of a provider.", "test")


def change_policy(room):
    path = f"/api/v1/workspaces/{room.conversation.workspace_id}/context-policy/"
    room.done(room.ada.patch(path, {"messages": 1}))


def policy(room):
    ContextPolicy.objects.create(workspace_id=room.conversation.workspace_id, tokens=40)


def membership(room):
    Membership.objects.filter(user=room.bob.user).delete()


def preferences(room):
    User.objects.filter(id=room.ada.user.id).update(preferences={"locale": "de"})


def rename(room):
    with members.naming(room.ada.user, {"kind": "staff", "id": ""}):
        User.objects.filter(id=room.ada.user.id).update(username="countess")


DOORS = {
    "contexts.messages._count": post,
    "contexts.messages.release": release,
    "contexts.messages.edit": edit,
    "contexts.tombstones.forget": delete,
    "contexts.pinning.change": pin,
    "contexts.proposals.keep": propose,
    "contexts.entities.propose": recognise,
    "contexts.conversations.change": retitle,
    "contexts.pruning.tell": prune,
    "contexts.store.invalidate": invalidate,
    "contexts.corrections._tell": correct,
    "contexts.learning.keep": learn,
    "contexts.expiring._expire": expire,
    "contexts.forgetting._strip": forget,
    "contexts.folding._fold": fold,
    "contexts.folding._renew": renew,
    "contexts.folding.word": word,
    "contexts.policies.change": change_policy,
}
# What raises no version: it is part of the key, or applied at each load.
BESIDE = {
    "an answer": answer,
    "admin": invalidate_in_admin,
    "policy": policy,
    "member": membership,
    "me": preferences,
    "a name": rename,
}


@pytest.fixture
def room(transactional_db, people, settings, client):
    settled()
    ada = people["ada"]
    conversation = conversations.create(ada.user, ada.workspace.id, {"title": "Plans"})
    return Room(ada, people["bob"], conversation, client)


def test_every_door_is_tried():
    assert set(raising()) - OWN == set(DOORS)


@pytest.mark.parametrize("door", [*DOORS, *BESIDE])
def test_a_frozen_snapshot_is_never_read_again(room, door):
    before = shown.of(store.load(room.message))
    frozen = Frozen(room.conversation)

    (DOORS | BESIDE)[door](room)
    frozen.put_back()

    room.message.refresh_from_db()
    after = shown.of(store.load(room.message))
    assert after == Reference(room.message, EVERYBODY, timezone.now()).shown()
    assert after != before


def test_a_version_that_comes_again_after_a_restore_of_the_database_is_another(room):
    """A log that was rebuilt has another epoch."""
    lost = say(fresh(room.conversation), "to be lost")
    store.load(room.message)
    frozen = Frozen(room.conversation)
    stale = key(room.conversation)

    Message.objects.filter(id=lost.id).delete()
    Conversation.objects.filter(id=room.conversation.id).update(context_version=stale.version - 1)
    Stream.objects.filter(key=room.conversation.stream).update(epoch=stale.epoch + 1)
    say(fresh(room.conversation), "said after the restore")
    frozen.put_back()

    assert key(room.conversation).version == stale.version
    assert [one.text for one in store.load(room.message).messages][-1] == "said after the restore"


def raising():
    """Functions that raise a version, wherever they are."""
    for path in sorted(path for app in ("contexts", "dispatch", "security") for path in (ROOT / app).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(map(raises, ast.walk(function))):
                yield f"{module}.{function.name}"


def raises(node):
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    of_module = isinstance(node.func.value, ast.Name) and (node.func.value.id, node.func.attr) in RAISING
    return of_module or any(keyword.arg == "context_version" for keyword in node.keywords)
