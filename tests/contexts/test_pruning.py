"""Pruning: messages leave the context, and nothing else. What a dry run tells is what is done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contexts import store
from contexts.knowledge import ContextPolicy, Pin
from contexts.models import Conversation, Message
from project.models import Event
from security.models import Membership, Role, User
from tests.contexts.said import fresh, say
from tests.problem import problem


@pytest.fixture
def path(conversation):
    return f"/api/v1/conversations/{conversation.id}/context/prune"


@pytest.fixture
def ten(ada, conversation):
    return [say(conversation, f"number {number}", ada) for number in range(10)]


@pytest.fixture
def plain_ada(ada):
    """ada as the owner of the workspace, and not of the staff, who see all."""
    User.objects.filter(id=ada.user.id).update(is_staff=False, is_superuser=False)
    ada.user.refresh_from_db()
    return ada


def known(conversation, asker):
    """The texts of the window of one more message, which is taken back."""
    message = say(conversation, "now", asker)
    found = [one.text for one in store.load(message).messages]
    Message.objects.filter(id=message.id).delete()
    return [text for text in found if text != "now"]


def left(conversation, asker):
    return [int(text.removeprefix("number ")) for text in known(conversation, asker)]


def prune(person, path, **body):
    answer = person.post(path, body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def names(report):
    return [gone["message"] for gone in report["messages"]]


def reasons(report):
    return {gone["reason"] for gone in report["messages"]}


def state(conversation):
    marked = Message.objects.filter(pruned=True).count()
    row = fresh(conversation)
    return row.pruned_until, row.context_version, marked, Event.objects.count(), Pin.objects.count()


def test_all_but_the_newest_leave(bob, conversation, path, ten):
    report = prune(bob, path, keep_last=3)

    assert (report["count"], reasons(report)) == (7, {"count"})
    assert names(report) == [str(message.id) for message in reversed(ten[:7])]
    assert report["tokens"] > 0
    assert left(conversation, bob) == [7, 8, 9]


def test_nothing_is_lost(bob, conversation, path, ten):
    prune(bob, path, keep_last=0)

    page = bob.get(f"/api/v1/conversations/{conversation.id}/messages/").json()["results"]
    assert [row["text"] for row in page] == [f"number {number}" for number in range(10)]
    assert fresh(conversation).message_count == 10


def test_what_is_older_leaves(bob, conversation, path, ten):
    for days, message in enumerate(reversed(ten)):
        Message.objects.filter(id=message.id).update(created_at=timezone.now() - timedelta(days=days))

    report = prune(bob, path, older_than_days=4, dry_run=True)
    told = prune(bob, path, older_than=(timezone.now() - timedelta(days=6, hours=1)).isoformat())

    assert (report["count"], reasons(report)) == (6, {"age"})
    assert told["count"] == 3
    assert left(conversation, bob) == [3, 4, 5, 6, 7, 8, 9]


def test_what_was_said_before_a_message_leaves(bob, conversation, path, ten):
    report = prune(bob, path, before=str(ten[4].id))

    assert (report["count"], reasons(report)) == (4, {"before"})
    assert left(conversation, bob) == [4, 5, 6, 7, 8, 9]


def test_what_does_not_fit_leaves(bob, conversation, path, ten):
    each = prune(bob, path, keep_last=9, dry_run=True)["tokens"]

    report = prune(bob, path, tokens=4 * each + each // 2)

    assert (report["count"], reasons(report)) == (6, {"budget"})
    assert left(conversation, bob) == [6, 7, 8, 9]


def test_what_has_expired_leaves_with_its_pins(ada, bob, conversation, path):
    over = (timezone.now() - timedelta(minutes=1)).isoformat()
    say(conversation, "over", ada, metadata={"expires_at": over})
    say(conversation, "not yet", ada, metadata={"expires_at": (timezone.now() + timedelta(days=1)).isoformat()})
    say(conversation, "no time", ada, metadata={"expires_at": "soon"})
    Pin.objects.create(conversation=conversation, text="Note", expires_at=over)

    report = prune(bob, path, expired=True)

    assert (report["count"], report["pins"], reasons(report)) == (1, 1, {"expired"})
    assert known(conversation, bob) == ["not yet", "no time"]
    assert not Pin.objects.exists()


def test_what_has_nothing_to_do_with_a_text_leaves(ada, bob, conversation, path):
    say(conversation, "The launch is on Monday", ada)
    question = say(conversation, "Where is the cafeteria?", ada)
    say(conversation, "On the second floor", reply_to=question.id)
    about = say(conversation, "What does it cost?", ada)
    say(conversation, "The launch costs 4000", reply_to=about.id)

    report = prune(bob, path, irrelevant_to="launches")

    assert (report["count"], reasons(report)) == (2, {"irrelevant"})
    assert known(conversation, bob) == ["The launch is on Monday", "What does it cost?", "The launch costs 4000"]


def test_a_text_without_a_word_prunes_nothing(bob, path, ten):
    problem(bob.post(path, {"irrelevant_to": "the and of"}), 422, "nothing_asked")


def test_single_messages_leave_by_name(bob, conversation, path, ten):
    report = prune(bob, path, messages=[str(ten[3].id), str(ten[5].id)])

    assert (report["count"], reasons(report)) == (2, {"named"})
    assert left(conversation, bob) == [0, 1, 2, 4, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "body",
    [
        {"keep_last": 2},
        {"tokens": 30},
        {"older_than_days": 1},
        {"expired": True},
        {"irrelevant_to": "3"},
        {"keep_last": 8, "irrelevant_to": "3"},
    ],
)
def test_a_dry_run_tells_what_is_done_and_changes_nothing(bob, conversation, path, ten, body):
    Message.objects.filter(id=ten[0].id).update(created_at=timezone.now() - timedelta(days=3))
    Message.objects.filter(id=ten[4].id).update(expires_at=timezone.now())
    shown = set(left(conversation, bob))
    before = state(conversation)

    told = prune(bob, path, dry_run=True, **body)

    assert state(conversation) == before
    done = prune(bob, path, **body)
    assert told.pop("version") == done.pop("version") - 1
    assert told == done
    gone = {number for number, message in enumerate(ten) if str(message.id) in names(done)}
    assert gone
    assert set(left(conversation, bob)) == shown - gone


def test_what_is_pinned_stays(ada, bob, conversation, path, ten):
    Pin.objects.create(conversation=conversation, message=ten[0])
    Pin.objects.create(conversation=conversation, message=ten[5])

    report = prune(bob, path, keep_last=1, messages=[str(ten[0].id)])

    assert report["count"] == 7
    context = store.load(say(conversation, "now", ada))
    assert {pin.message.text for pin in context.pinned if pin.message} == {"number 0", "number 5"}
    assert [one.text for one in context.messages] == ["number 9"]


def test_all_of_it_comes_back(bob, conversation, path, ten):
    prune(bob, path, keep_last=5)
    prune(bob, path, messages=[str(ten[7].id)])

    report = prune(bob, path, restore=True)

    assert (report["count"], reasons(report)) == (6, {"restored"})
    assert left(conversation, bob) == list(range(10))


def test_it_is_told_in_counts(bob, conversation, path, ten):
    report = prune(bob, path, keep_last=4)

    event = Event.objects.get(type="context.pruned")
    assert event.data == {"version": report["version"], "reason": "manual", "messages": 6}
    assert report["version"] == fresh(conversation).context_version


def test_to_do_it_again_changes_nothing(bob, conversation, path, ten):
    prune(bob, path, messages=[str(ten[0].id)])
    before = state(conversation)

    assert prune(bob, path, messages=[str(ten[0].id)])["count"] == 0

    assert state(conversation) == before


def test_what_some_alone_may_read_is_told_to_nobody_else(plain_ada, bob, conversation, path, ten):
    private = say(conversation, "for ada", visible_to=str(plain_ada.user.id))
    say(conversation, "for all")

    told = prune(bob, path, keep_last=1, dry_run=True)
    done = prune(plain_ada, path, keep_last=1)

    assert told["count"] == 10
    assert str(private.id) not in names(told)
    assert str(private.id) in names(done)
    assert Event.objects.get(type="context.pruned").data["messages"] == 10


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"dry_run": True}, ""),
        ({"keep": 3}, "/keep"),
        ({"keep_last": -1}, "/keep_last"),
        ({"restore": True, "keep_last": 1}, "/restore"),
        ({"messages": ["x"]}, "/messages/0"),
        ({"older_than": "yesterday"}, "/older_than"),
    ],
)
def test_what_cannot_be_meant_is_refused(bob, path, body, pointer):
    refused = problem(bob.post(path, body), 422, "invalid")

    assert pointer in [error["pointer"] for error in refused["errors"]]


def test_messages_of_elsewhere_are_unknown(ada, bob, eve, conversation, path, ten):
    elsewhere = Conversation.objects.create(workspace=conversation.workspace)
    foreign = Message.objects.create(
        conversation=elsewhere, seq=1, role="user", kind="text", status="received", created_at=timezone.now()
    )

    for body in ({"messages": [str(foreign.id)]}, {"before": str(foreign.id)}):
        problem(bob.post(path, body), 422, "unknown_messages")


def test_who_only_reads_prunes_nothing(bob, path, ten):
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)

    problem(bob.post(path, {"keep_last": 1}), 403, "forbidden")
    problem(bob.post(path.replace("prune", "invalidate")), 403, "forbidden")


def test_an_invalidated_context_is_made_anew_and_tells_so(bob, conversation, path, ten):
    before = fresh(conversation).context_version

    answer = bob.post(path.replace("prune", "invalidate"))

    assert answer.json() == {"version": before + 1}
    assert Event.objects.get(type="context.updated").data == {"version": before + 1, "changed": {}}
    assert left(conversation, bob) == list(range(10))


def test_only_a_windows_messages_are_compared_and_counted(bob, conversation, path, ten):
    ContextPolicy.objects.create(workspace=conversation.workspace, messages=4)

    irrelevant = prune(bob, path, irrelevant_to="zebra", dry_run=True)
    assert irrelevant["count"] == 4
    assert prune(bob, path, keep_last=0, dry_run=True)["tokens"] == irrelevant["tokens"]
