"""Asking an expert over REST: what is refused before anything is written, who sees it, who stops it."""

import pytest

from contexts import conversations
from contexts.models import Message
from dispatch import expert_room
from dispatch.delegation_models import Delegation
from project.models import Event
from security.models import Membership, Role
from security.screening_models import KeptFinding
from tests import admin_rows
from tests.delegations.consulted import consult, expert, the
from tests.payloads import PAYLOADS
from tests.problem import problem

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1"
BLOCKED = next(iter(PAYLOADS.values()))


def ask(person, conversation, slug="counter", key=None, **fields):
    body = {"conversation": str(conversation.id), "input": {"text": "one two three"}, **fields}
    path = f"{API}/experts/{slug}/delegations/" if slug else f"{API}/delegations/"
    return person.post(path, body, **({"Idempotency-Key": key} if key else {}))


def seen(person, id):
    return person.get(f"{API}/delegations/{id}/").json()


def test_expert_is_asked_and_its_answer_becomes_a_message(ada, bob, conversation):
    expert("counter")

    taken = ask(bob, conversation, skill="count", priority="high", deadline=9, metadata={"case": 7})
    consult()

    assert taken.status_code == 202
    assert taken.headers["Location"] == f"{API}/delegations/{taken.json()['id']}/"
    assert (taken.json()["state"], taken.json()["priority"]) == ("submitted", "high")
    shown = seen(ada, taken.json()["id"])
    assert (shown["state"], shown["output"], shown["text"]) == ("completed", {"words": 3}, "There are 3 words.")
    assert (shown["owner"], shown["metadata"]) == (str(bob.user.id), {"case": 7})
    assert shown["choice"] == {"by": "name"}
    assert Message.objects.get(id=shown["reply"]).text == "There are 3 words."
    submitted = Event.objects.get(type="delegation.submitted")
    assert submitted.actor == {"kind": "user", "id": str(bob.user.id)}


def test_same_key_asks_once(bob, conversation):
    expert("counter")

    first, again = (ask(bob, conversation, key="one") for _ in range(2))
    other = ask(bob, conversation, key="one", input={"text": "other"})

    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(other, 422, "idempotency_key_reused")
    assert Delegation.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"input": {"text": BLOCKED}},
        {"input": {BLOCKED: 1}},
        {"artifacts": [{"name": "a", "text": BLOCKED}]},
        {"constraints": {"note": BLOCKED}},
        {"metadata": {"note": BLOCKED}},
    ],
    ids=["input", "a name", "artifact", "constraints", "metadata"],
)
def test_what_filters_block_reaches_nobody(bob, conversation, fields):
    expert("counter")

    problem(ask(bob, conversation, key="one", **fields), 422, "message_blocked")

    assert not Delegation.objects.exists()
    assert KeptFinding.objects.exists()


def test_who_cannot_be_asked_is_refused_with_what_there_is(bob, conversation):
    expert("counter")
    expert("boss", enabled=False)
    expert("asker", adapter="planned", settings={})

    unknown = problem(ask(bob, conversation, "nobody"), 404, "expert_unknown")
    problem(ask(bob, conversation, "boss"), 409, "expert_disabled")
    planned = problem(ask(bob, conversation, "asker"), 409, "expert_planned")
    unfit = problem(ask(bob, conversation, input={"txt": "x"}), 422, "expert_unfit")
    no_skill = problem(ask(bob, conversation, skill="paint"), 422, "expert_unfit")

    assert "there are: asker, code_review, counter" in unknown["detail"]
    assert "counter" in planned["detail"]
    assert unfit["errors"][0]["pointer"].startswith("/input")
    assert "it has: count" in no_skill["detail"]
    assert not Delegation.objects.exists()


def test_fallback_of_a_planned_expert_is_asked(bob, conversation):
    fallback = expert("counter")
    expert("asker", adapter="planned", settings={}, fallback=fallback)

    shown = ask(bob, conversation, "asker").json()

    assert shown["expert"] == "counter"
    assert shown["choice"] == {"by": "fallback", "instead_of": "asker", "because": "expert_planned"}


def test_fallback_of_an_expert_that_is_away_is_asked(bob, conversation):
    fallback = expert("counter")
    away = expert("sleeper", health="failing", fallback=fallback)

    instead = ask(bob, conversation, "sleeper").json()
    fallback.enabled = False
    fallback.save()
    itself = ask(bob, conversation, "sleeper").json()

    assert (instead["expert"], instead["choice"]["because"]) == ("counter", "expert_offline")
    assert itself["expert"] == away.slug


def test_fallback_takes_over_from_an_expert_that_has_failed(ada, conversation):
    expert("broken", retries=0, fallback=expert("counter"))

    id = ask(ada, conversation, "broken").json()["id"]
    for _ in range(2):
        consult()

    shown = seen(ada, id)
    assert (shown["state"], shown["expert"]) == ("completed", "counter")
    assert shown["choice"] == {"by": "fallback", "instead_of": "broken", "because": "expert_error"}


def test_viewer_asks_and_stops_nothing_and_sees_it(ada, bob, conversation):
    expert("counter")
    id = ask(ada, conversation).json()["id"]
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)

    problem(ask(bob, conversation), 403, "forbidden")
    problem(bob.post(f"{API}/delegations/{id}/cancel"), 403, "forbidden")

    assert seen(bob, id)["state"] == "submitted"


def test_stranger_learns_nothing(ada, eve, conversation):
    expert("counter")
    id = ask(ada, conversation).json()["id"]

    for answer in (
        ask(eve, conversation),
        eve.get(f"{API}/delegations/{id}/"),
        eve.post(f"{API}/delegations/{id}/cancel"),
        eve.post(f"{API}/delegations/{id}/input", {"answer": 1}),
        eve.get(f"{API}/conversations/{conversation.id}/delegations/"),
    ):
        problem(answer, 404, "not_found")


def test_what_is_for_the_sender_alone_nobody_else_sees(ada, bob, conversation):
    expert("counter")

    id = ask(bob, conversation, metadata={"audience": "sender"}).json()["id"]
    consult()
    Membership.objects.filter(user=ada.user).update(role=Role.OWNER)
    ada.user.is_staff = False
    ada.user.save()

    problem(ada.get(f"{API}/delegations/{id}/"), 404, "not_found")
    assert ada.get(f"{API}/conversations/{conversation.id}/delegations/").json()["results"] == []
    assert seen(bob, id)["state"] == "completed"
    assert Message.objects.get().visible_to == str(bob.user.id)


def test_archived_conversation_takes_nothing(ada, conversation):
    expert("counter")
    conversations.change(ada.user, conversation, {"archived": True})

    problem(ask(ada, conversation), 409, "conversation_archived")


def test_open_ones_of_a_conversation_have_a_bound(ada, conversation):
    expert("counter")
    for _ in range(expert_room.MOST_OPEN - 1):
        admin_rows.asked(conversation)
    assert ask(ada, conversation).status_code == 202

    body = problem(ask(ada, conversation), 429, "too_many_delegations")

    assert str(expert_room.MOST_OPEN) in body["detail"]


def test_they_count_as_messages_do(ada, conversation, settings):
    expert("counter")
    settings.LIMITS = settings.LIMITS | {"messages": (1, settings.LIMITS["messages"][1])}

    assert ask(ada, conversation).status_code == 202
    problem(ask(ada, conversation), 429, "rate_limited")


def test_list_is_of_one_conversation_newest_first_by_state(ada, conversation):
    expert("counter")
    other = conversations.create(ada.user, ada.workspace.id, {"title": "Other"})
    ask(ada, other)
    first = ask(ada, conversation).json()["id"]
    consult()
    second = ask(ada, conversation).json()["id"]

    path = f"{API}/conversations/{conversation.id}/delegations/"
    page = ada.get(f"{path}?page_size=1").json()

    assert [row["id"] for row in page["results"]] == [second]
    assert [row["id"] for row in ada.get(page["next"]).json()["results"]] == [first]
    assert [row["id"] for row in ada.get(f"{path}?state=open").json()["results"]] == [second]
    assert [row["id"] for row in ada.get(f"{path}?state=completed,failed").json()["results"]] == [first]
    problem(ada.get(f"{path}?state=lost"), 422, "invalid_filter")


def test_canceled_one_is_canceled_once_and_an_ended_one_is_not(ada, bob, conversation):
    expert("counter")
    stopped = ask(ada, conversation).json()["id"]

    answers = [bob.post(f"{API}/delegations/{stopped}/cancel") for _ in range(2)]
    done = ask(ada, conversation).json()["id"]
    consult()
    late = problem(bob.post(f"{API}/delegations/{done}/cancel"), 409, "delegation_finished")

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(202, "canceled")] * 2
    assert "completed" in late["detail"]
    assert [event.actor["id"] for event in Event.objects.filter(type="delegation.canceled")] == [str(bob.user.id)]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"input": {"text": "x" * 500_000}}, "/input"),
        ({"artifacts": [{"name": "a"}]}, "/artifacts/0/text"),
        ({"artifacts": [{"name": "a", "text": "x"}] * 21}, "/artifacts"),
        ({"priority": "urgent"}, "/priority"),
        ({"deadline": 0}, "/deadline"),
        ({"constraints": {"tags": "german"}}, "/constraints"),
        ({"metadata": []}, "/metadata"),
        ({"metadata": {"audience": "none"}}, "/metadata"),
        ({"hurry": True}, "/hurry"),
    ],
)
def test_what_is_wrong_is_named(ada, conversation, fields, pointer):
    expert("counter")

    body = problem(ask(ada, conversation, **fields), 422, "invalid")

    assert pointer in [error["pointer"] for error in body["errors"]]
    assert not Delegation.objects.exists()


def test_deadline_in_seconds_is_at_most_the_experts(ada, conversation):
    expert("counter", timeout=60)

    ask(ada, conversation, deadline=5)
    short = the()
    assert 4 < (short.deadline - short.created_at).total_seconds() < 6
    short.delete()
    ask(ada, conversation, deadline=600)
    assert 59 < (the().deadline - the().created_at).total_seconds() < 61
