"""Why each item of a context is in, and what was left out: the numbers add up, and no hidden text shows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contexts import store, tokens
from contexts.knowledge import ContextPolicy, Entity, Mention, Pin
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from contexts.summaries import MOST_LOOSE
from project.models import Event
from tests.contexts.said import say


@pytest.fixture
def explained(ada, conversation):
    """What is told to ada, or to somebody else."""

    def ask(person=ada, **query):
        path = f"/api/v1/conversations/{conversation.id}/context/"
        answer = person.client.get(path, {"explain": "1", **query})
        assert answer.status_code == 200, answer.content
        shown = answer.json()
        assert sum(item["tokens"] for item in shown["explained"]["items"]) == shown["tokens"] <= shown["budget"]
        return shown

    return ask


@pytest.fixture
def policy(ada):
    return lambda **fields: ContextPolicy.objects.create(workspace=ada.workspace, **fields)


def kinds(shown):
    return [item["kind"] for item in shown["explained"]["items"]]


def why(shown, kind):
    return [item["why"] for item in shown["explained"]["items"] if item["kind"] == kind]


def left(shown):
    return {(one["kind"], one["why"]): one["count"] for one in shown["explained"]["left_out"]}


def of_messages(shown):
    counted = ("expired", "pair", "pruned", "age", "count", "budget")
    return sum(count for (kind, why), count in left(shown).items() if kind == "messages" and why in counted)


def test_nothing_is_explained_that_was_not_asked_for(ada, conversation):
    assert ada.get(f"/api/v1/conversations/{conversation.id}/context/").json()["explained"] is None


def test_messages_are_in_because_they_are_the_newest(ada, conversation, explained):
    question = say(conversation, "one", ada)
    say(conversation, "two", reply_to=question.id)

    shown = explained()

    assert why(shown, "message") == [
        "Number 2 of the 2 newest that fit.",
        "Number 1 of the 2 newest that fit. It goes with the message that it answers.",
    ]
    assert [item["source"] for item in shown["explained"]["items"]] == ["rows", "rows"]
    assert [item["source"] for item in explained()["explained"]["items"]] == ["cache", "cache"]
    assert left(shown) == {}


def test_who_pinned_and_what_the_system_noted_is_told(ada, bob, conversation, explained):
    message = say(conversation, "Keep this", ada)
    note = say(conversation, "Be brief")
    Message.objects.filter(id=note.id).update(role=MessageRole.SYSTEM)
    until = timezone.now() + timedelta(days=1)
    path = f"/api/v1/conversations/{conversation.id}/context/"
    bob.patch(path, {"pin": [{"message": str(message.id)}, {"text": "A note", "expires_at": until.isoformat()}]})
    Pin.objects.create(conversation=conversation, text="Learned", source="handler")
    store.invalidate(conversation)

    shown = explained()

    by_handler, note, of_message = why(shown, "pin")
    day = timezone.now().date()
    assert by_handler == f"Pinned by a handler on {day}."
    assert note == f"Pinned by bob on {day} until {until:%Y-%m-%d %H:%M} UTC."
    assert of_message == f"Pinned by bob on {day}."
    assert why(shown, "system_note") == ["A note of the system stays."]
    assert [item["messages"] for item in shown["explained"]["items"]][2] == [str(message.id)]


@pytest.mark.parametrize(
    ("fields", "reason"), [({"messages": 4}, "count"), ({"tokens": 500}, "budget"), ({"days": 2}, "age")]
)
def test_what_is_too_old_is_counted_and_summed_up(ada, conversation, explained, policy, fields, reason):
    policy(**fields)
    for number in range(10):
        say(conversation, f"{number} " + "word " * 60, ada)
    Message.objects.filter(seq__lte=6).update(created_at=timezone.now() - timedelta(days=3))

    shown = explained()

    assert left(shown)["messages", reason] == shown["left_out"] == 10 - len(shown["messages"]) > 0
    [says] = why(shown, "summary")
    assert says.startswith(f"It stands for {shown['summary']['messages']} messages, numbers 1 to ")
    assert shown["left_out"] == shown["summary"]["messages"]


def test_a_summary_for_which_there_is_no_room_is_told(ada, conversation, explained, policy):
    policy(tokens=256)
    for number in range(10):
        say(conversation, f"{number} " + "word " * 40, ada)

    shown = explained()

    assert shown["summary"] is None
    assert left(shown)["summary", "budget"] == shown["left_out"] > 0


def test_what_no_summary_tells_of_yet_is_told(ada, conversation, explained, policy):
    policy(messages=2)
    for number in range(MOST_LOOSE + 10):
        say(conversation, str(number), ada)

    assert left(explained())["summary", "not_folded"] == 8


def test_a_summary_that_is_switched_off_is_told(ada, conversation, explained, policy):
    policy(messages=2, summary=False)
    for number in range(5):
        say(conversation, str(number), ada)

    assert left(explained())["summary", "policy"] == 3


def test_every_message_that_is_not_shown_is_counted_once(ada, conversation, explained, policy):
    policy(messages=3)
    past = (timezone.now() - timedelta(hours=1)).isoformat()
    says = [say(conversation, str(number), ada) for number in range(8)]
    question = says[4]
    say(conversation, "to 4", reply_to=question.id)
    say(conversation, "gone", ada, metadata={"expires_at": past})
    say(conversation, "8", ada)
    say(conversation, "9", ada)
    Message.objects.filter(id__in=[says[0].id, says[7].id]).update(pruned=True)
    store.invalidate(conversation)

    shown = explained()

    assert [message["text"] for message in shown["messages"]] == ["8", "9"]
    assert left(shown) == {
        ("messages", "count"): 6,
        ("messages", "expired"): 1,
        ("messages", "pair"): 1,
        ("messages", "pruned"): 2,
    }
    assert of_messages(shown) == shown["left_out"] == 10


def test_messages_that_wait_for_their_own_turn_are_told(ada, conversation, explained):
    asked = say(conversation, "this", ada)
    say(conversation, "later", ada)

    assert left(explained(message=str(asked.id))) == {("messages", "waits"): 1}
    assert left(explained()) == {}


def test_of_what_no_answer_may_know_its_readers_get_counts_and_nobody_gets_text(ada, bob, conversation, explained):
    for status in (MessageStatus.QUARANTINED, MessageStatus.REJECTED, MessageStatus.DELETED):
        say(conversation, f"secret {status}", bob)
        shown_to = "" if status == MessageStatus.DELETED else str(bob.user.id)
        Message.objects.filter(text=f"secret {status}").update(status=status, visible_to=shown_to)
    say(conversation, "secret answer", visible_to=str(bob.user.id))
    Conversation.objects.update(message_count=3, private_count=3)

    seen, staffs, own = explained(bob), explained(ada), explained(bob, audience="sender")

    hidden = {("messages", "held"): 1, ("messages", "rejected"): 1, ("messages", "deleted"): 1}
    assert left(seen) == left(staffs) == hidden | {("messages", "audience"): 1}
    assert left(own) == hidden
    assert "secret" not in str((seen, staffs))
    assert [message["text"] for message in own["messages"]] == ["secret answer"]


def test_a_member_learns_nothing_of_what_is_held_of_others(plain_ada, bob, conversation, explained):
    say(conversation, "secret", bob)
    Message.objects.update(status=MessageStatus.QUARANTINED, visible_to=str(bob.user.id))

    assert left(explained(plain_ada)) == {}


def entity(conversation, value, message, **fields):
    now = timezone.now()
    made = Entity.objects.create(
        conversation=conversation,
        type="ship",
        value=value,
        normal=value.casefold(),
        first_seen=now,
        last_seen=now,
        last_seq=message.seq,
        **{"count": 1, **fields},
    )
    Mention.objects.create(entity=made, message=message, start=0, end=1)
    return made


def test_entities_tell_how_often_and_where_they_were_named(ada, conversation, explained):
    message = say(conversation, "Zephyr", ada)
    entity(conversation, "Zephyr", message, count=3, pinned=True)
    entity(conversation, "Argo", message, source="handler")

    shown = explained()

    first, second = why(shown, "entity")
    assert first.startswith("Pinned. Named 3 times, last on ")
    assert second.startswith("Proposed by a handler. Named once, last on ")
    named = [item for item in shown["explained"]["items"] if item["kind"] == "entity"]
    assert [item["messages"] for item in named] == [[str(message.id)]] * 2


def test_pins_and_entities_over_their_share_are_told(ada, conversation, explained, policy):
    policy(tokens=300)
    message = say(conversation, "Zephyr", ada)
    for number in range(10):
        entity(conversation, f"Ship number {number} of the fleet", message)
        Pin.objects.create(conversation=conversation, text=f"{number} word word word word word word")
    Pin.objects.filter(text__startswith="9").update(expires_at=timezone.now())

    shown = explained()

    out = left(shown)
    assert out["pins", "expired"] == 1
    assert out["pins", "share"] == 9 - len(shown["pinned"]) > 0
    assert out["entities", "share"] == 10 - len(shown["entities"]) > 0


def test_a_message_that_was_cut_is_told(ada, conversation, explained, settings):
    settings.CONTEXT_TOKENS = 400
    say(conversation, "word " * 2000, ada)

    [says] = why(explained(), "message")

    assert says == "Number 1 of the 1 newest that fit. It is too long to be shown whole."
    assert tokens.count("word " * 2000) > 400


def test_what_came_back_tells_what_it_shares_with_the_question(ada, conversation, explained, policy):
    policy(messages=3)
    fee = say(conversation, "The harbour fee of the Zephyr is forty crowns", ada)
    for number in range(10):
        say(conversation, f"Number {number} is about the weather", ada)
    before = Event.objects.count()

    shown = explained(about="What is the harbour fee of the Zephyr?")

    [item] = [item for item in shown["explained"]["items"] if item["kind"] == "recalled"]
    assert (item["messages"], item["source"]) == ([str(fee.id)], "rows")
    assert item["why"].startswith("Older than the window, and shares ")
    assert set(shown["recalled"][0]["terms"]) <= set(item["why"].replace(",", "").split())
    assert explained()["recalled"] == []
    assert Event.objects.count() == before
