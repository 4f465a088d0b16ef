"""Retention: messages that a workspace keeps no longer are deleted for good. What expires leaves contexts by itself."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from contexts import conversations, retention, store
from contexts.jobs import expire_context_items
from contexts.knowledge import ContextPolicy, Entity, Mention, Pin
from contexts.models import Message
from dispatch import runs
from dispatch.jobs import retire_messages
from dispatch.models import Run
from project.models import Event
from security.screening_models import KeptFinding
from tests.contexts.said import fresh, say
from tests.dispatch.answered import answered, claimed, concluded
from tests.dispatch.test_deleting import remains

WORD = "zanzibar"  # what `remains` looks for


@pytest.fixture
def policy(conversation):
    return ContextPolicy.objects.create(workspace=conversation.workspace, retention_days=30)


def age(days, **which):
    Message.objects.filter(**which).update(created_at=timezone.now() - timedelta(days=days))


def post(person, conversation, text):
    taken = person.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": text}).json()
    claim = runs.claim(taken["run"], "here")
    assert claim
    concluded(claim, f"You said {text}")
    return taken["message"]


def test_old_messages_go_for_good_and_young_ones_stay(bob, conversation, policy):
    post(bob, conversation, WORD)
    age(31)
    young = post(bob, conversation, "young")
    young = Message.objects.get(id=young)
    Message.objects.filter(id=young.id).update(reply_to=Message.objects.earliest("seq"))

    assert retire_messages() == "2 removed"

    assert remains() == []
    assert Message.objects.count() == 2
    assert Run.objects.count() == 1
    young.refresh_from_db()
    assert young.reply_to is None
    assert fresh(conversation).message_count == 2


def test_the_log_keeps_its_numbers_and_tells_of_it(bob, conversation, policy):
    post(bob, conversation, WORD)
    before = list(Event.objects.filter(stream=conversation.stream).values_list("seq", "type", "time"))
    age(31)

    retire_messages()

    *after, last = Event.objects.filter(stream=conversation.stream).order_by("seq")
    assert [(event.seq, event.type, event.time) for event in after] == before
    assert (last.type, last.data["reason"], last.data["messages"]) == ("context.pruned", "retention", 2)
    assert last.data["version"] == fresh(conversation).context_version


def test_handlers_know_them_no_more(bob, conversation, policy):
    post(bob, conversation, WORD)
    assert store.load(say(conversation, "one", bob)).messages
    age(31)
    Pin.objects.create(conversation=conversation, message=Message.objects.earliest("seq"))

    retire_messages()

    known = store.load(say(conversation, "two", bob))
    assert (known.messages, known.pinned, known.total) == ((), (), 0)


def test_what_is_not_answered_yet_stays(bob, conversation, policy):
    claimed(bob, conversation, text="waits")
    age(31)

    assert retire_messages() == "0 removed"

    assert Message.objects.get().text == "waits"


def test_private_answers_are_counted_out(bob, conversation, policy):
    answered(bob, conversation, "sender")
    age(31)

    retire_messages()

    assert (fresh(conversation).message_count, fresh(conversation).private_count) == (0, 0)
    assert Event.objects.get(type="context.pruned").data["messages"] == 1


def test_quotes_of_what_was_blocked_fade_too(bob, conversation, policy):
    KeptFinding.objects.create(
        workspace=conversation.workspace_id,
        filter="words",
        rule="x",
        start=0,
        end=1,
        score=1,
        evidence=WORD,
    )
    KeptFinding.objects.update(created_at=timezone.now() - timedelta(days=31))

    retire_messages()

    assert remains() == []


def test_other_workspaces_keep_all(bob, eve, conversation, policy):
    elsewhere = conversations.create(eve.user, eve.workspace.id, {"title": "Elsewhere"})
    say(elsewhere, "kept", eve)
    age(4000)

    retire_messages()

    assert Message.objects.get().text == "kept"


def test_without_a_policy_nothing_goes(bob, conversation):
    say(conversation, "kept", bob)
    age(4000)

    assert retire_messages() == "0 removed"


def test_many_go_a_batch_at_a_time(ada, conversation, policy):
    for number in range(retention.BATCH + 5):
        say(conversation, str(number), ada)
    age(31)
    say(conversation, "young", ada)

    counts = list(retention.sweep(lambda conversation: ()))

    assert counts == [retention.BATCH, 5]
    assert Message.objects.get().text == "young"


def test_what_expired_leaves_contexts_by_itself(ada, conversation):
    over = timezone.now() - timedelta(minutes=1)
    say(conversation, "over", ada, metadata={"expires_at": over.isoformat()})
    say(conversation, "kept", ada)
    Pin.objects.create(conversation=conversation, text="Note", expires_at=over)
    before = fresh(conversation).context_version

    assert expire_context_items() == "2 expired"
    assert expire_context_items() == "0 expired"

    assert [one.text for one in Message.objects.filter(pruned=True)] == ["over"]
    event = Event.objects.get(type="context.pruned")
    assert event.data == {"version": before + 1, "reason": "expired", "messages": 1}


def test_what_ends_is_in_no_summary_and_not_shown_once_it_is_over(ada, conversation):
    over = timezone.now() - timedelta(minutes=1)
    said = say(conversation, "The key is 9", ada, metadata={"expires_at": over.isoformat()})
    ContextPolicy.objects.create(workspace=conversation.workspace, messages=1)
    Pin.objects.create(conversation=conversation, message=said)
    now = timezone.now()
    named = Entity.objects.create(conversation=conversation, type="code", value="9", first_seen=now, last_seen=now)
    Mention.objects.create(entity=named, message=said, start=11, end=12)
    for text in ("older", "newest"):
        say(conversation, text, ada)
    conversation = fresh(conversation)

    known = store.load(say(conversation, "What is the key?", ada))

    assert (known.pinned, known.recalled) == ((), ())
    assert known.summary is not None
    assert known.summary.text == "ada: older"
    expire_context_items()
    assert not Entity.objects.exists()
    assert not Pin.objects.exists()


def test_the_command_does_both(ada, conversation, policy, capsys):
    over = timezone.now() - timedelta(minutes=1)
    say(conversation, "old", ada)
    say(conversation, "over", ada, metadata={"expires_at": over.isoformat()})
    age(31, text="old")

    call_command("prunecontexts")

    assert "1 expired messages and pins left the contexts; 1 messages were deleted." in capsys.readouterr().out
