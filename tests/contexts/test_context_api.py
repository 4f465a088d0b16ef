"""What handlers know, looked at and changed over REST."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from contexts import conversations, store
from contexts.knowledge import Pin
from contexts.models import Message, MessageStatus
from project.models import Event
from security.members import stream_of
from security.models import Membership, Role
from tests.contexts.said import fresh, say
from tests.payloads import EICAR
from tests.problem import problem


@pytest.fixture
def path(conversation):
    return f"/api/v1/conversations/{conversation.id}/context/"


@pytest.fixture
def looked(ada, path):
    """The context as somebody sees it: ada, unless somebody else is named."""

    def look(person=ada, **query):
        answer = person.client.get(path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return look


def texts(shown):
    return [message["text"] for message in shown["messages"]]


def pinned(shown):
    return [pin["message"]["text"] if pin["message"] else pin["text"] for pin in shown["pinned"]]


def told(conversation):
    events = Event.objects.after(conversation.stream, 0).filter(type="context.updated")
    return [event.data["changed"] for event in events]


def test_it_shows_what_the_next_answer_would_know(ada, bob, conversation, looked):
    say(conversation, "one", ada, parts=({"type": "data", "data": {"a": 1}},))
    answer = say(conversation, "two")

    shown = looked(bob)

    assert texts(shown) == ["one", "two"]
    assert (shown["version"], shown["total"], shown["left_out"], shown["title"]) == (2, 2, 0, "Plans")
    assert shown["tokens"] == sum(message["tokens"] for message in shown["messages"]) <= shown["budget"]
    assert shown["messages"][0]["parts"] == [{"type": "data", "data": {"a": 1}}]
    assert shown["messages"][1] | {"created_at": "", "tokens": 0} == {
        "id": str(answer.id),
        "seq": answer.seq,
        "role": "assistant",
        "kind": "text",
        "author": "assistant",
        "text": "two",
        "parts": [],
        "metadata": {},
        "reply_to": None,
        "created_at": "",
        "tokens": 0,
        "shortened": False,
    }
    assert [person["username"] for person in shown["participants"]] == ["ada", "bob"]
    assert shown["asker"]["username"] == "bob"


def test_it_shows_what_the_answer_to_one_message_would_know_now(ada, conversation, looked):
    say(conversation, "before", ada)
    asked = say(conversation, "this", ada)
    say(conversation, "later", ada)

    assert texts(looked(message=str(asked.id))) == ["before"]


def test_looking_changes_and_tells_nothing(ada, conversation, looked):
    say(conversation, "one", ada)
    before = fresh(conversation).context_version, Event.objects.count()

    looked(explain="1", about="one")

    assert (fresh(conversation).context_version, Event.objects.count()) == before


def test_it_says_whether_it_was_read_from_the_cache_or_made_of_rows(ada, conversation, looked):
    say(conversation, "one", ada)

    first, second = looked()["source"], looked()["source"]

    assert first == {"kind": "rows", "bytes": 0, "made_at": None}
    assert second["kind"] == "cache"
    assert second["bytes"] > 200
    assert second["made_at"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"message": "x"}, "/message"),
        ({"about": "x" * 4001}, "/about"),
        ({"audience": "staff"}, "/audience"),
        ({"explain": "perhaps"}, "/explain"),
    ],
)
def test_what_cannot_be_asked_is_said(ada, path, query, pointer):
    body = problem(ada.client.get(path, query), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == [pointer]


def test_a_message_that_is_not_the_askers_to_see_is_none(ada, bob, conversation, path):
    elsewhere = conversations.create(ada.user, ada.workspace.id, {})
    hidden = say(conversation, "hidden", ada)
    Message.objects.filter(id=hidden.id).update(status=MessageStatus.QUARANTINED, visible_to=str(ada.user.id))

    for id in (uuid4(), say(elsewhere, "there", ada).id, hidden.id, say(conversation, "an answer").id):
        problem(bob.get(f"{path}?message={id}"), 404, "not_found")


def test_of_who_asked_another_message_only_the_name_is_shown(ada, bob, conversation, looked):
    ada.patch("/api/v1/me", {"preferences": {"locale": "de"}, "session_preferences": {"tone": "dry"}})
    asked = say(conversation, "this", ada)

    own, others = looked(ada, message=str(asked.id)), looked(bob, message=str(asked.id))

    assert own["asker"]["preferences"] == {"locale": "de"}
    assert own["metadata"] == {"locale": "de", "tone": "dry"}
    assert others["asker"]["username"] == "ada"
    assert (others["asker"]["preferences"], others["asker"]["session_preferences"]) == ({}, {})
    assert (others["metadata"], others["metadata_from"]) == ({}, {})


def test_metadata_of_the_conversation_win_over_the_sessions_over_the_users(ada, path, looked):
    ada.patch("/api/v1/me", {"preferences": {"a": "user", "b": "user", "c": "user"}})
    ada.patch("/api/v1/me", {"session_preferences": {"b": "session", "c": "session"}})
    ada.patch(path, {"metadata": {"c": "conversation"}})

    shown = looked()

    assert shown["metadata"] == shown["metadata_from"] == {"a": "user", "b": "session", "c": "conversation"}


def test_messages_and_notes_are_pinned_and_unpinned(ada, bob, conversation, path, looked):
    message = say(conversation, "Keep this", ada)

    shown = bob.patch(path, {"pin": [{"message": str(message.id)}, {"text": "Mind the gap"}]}).json()

    assert pinned(shown) == ["Mind the gap", "Keep this"]
    assert texts(shown) == []
    assert told(conversation) == [{"pins": 2}]
    assert shown["version"] == fresh(conversation).context_version == 2

    left = ada.patch(path, {"unpin": [shown["pinned"][0]["id"], str(uuid4())]}).json()

    assert pinned(left) == pinned(looked()) == ["Keep this"]
    assert told(conversation) == [{"pins": 2}, {"pins": 1}]


def test_what_is_pinned_already_stays_so_without_a_new_version(ada, conversation, path):
    wish = {"pin": [{"message": str(say(conversation, "Keep this", ada).id)}, {"text": "A note"}]}
    first = ada.patch(path, wish).json()

    second = ada.patch(path, wish).json()

    assert (first["pinned"], first["version"]) == (second["pinned"], second["version"])
    assert Pin.objects.count() == 2


def test_a_pin_ends_when_it_says(ada, path, looked):
    soon = timezone.now() + timedelta(hours=1)
    ada.patch(path, {"pin": [{"text": "For now", "expires_at": soon.isoformat()}]})
    assert pinned(looked()) == ["For now"]

    Pin.objects.update(expires_at=timezone.now())
    answer = ada.patch(path, {"pin": [{"text": "For good"}]}).json()

    assert pinned(answer) == ["For good"]
    assert Pin.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"pin": [{}]}, "/pin/0"),
        ({"pin": [{"text": "x", "message": str(uuid4())}]}, "/pin/0"),
        ({"pin": [{"text": ""}]}, "/pin/0/text"),
        ({"pin": [{"text": "x" * 2001}]}, "/pin/0/text"),
        ({"pin": [{"text": "x", "expires_at": "2020-01-01T00:00:00Z"}]}, "/pin/0/expires_at"),
        ({"pin": [{"text": "x", "expires_at": "2999-01-01T00:00:00"}]}, "/pin/0/expires_at"),
        ({"pin": [{"text": str(number)} for number in range(21)]}, "/pin"),
        ({"unpin": ["x"]}, "/unpin/0"),
        ({"pins": []}, "/pins"),
        ({"pin": [{"text": "x", "note": "y"}]}, "/pin/0/note"),
        ({"metadata": ["x"]}, "/metadata"),
        ({"metadata": {"x": "y" * 17_000}}, "/metadata"),
    ],
)
def test_what_is_no_change_is_refused(ada, conversation, path, change, pointer):
    body = problem(ada.patch(path, change), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == [pointer]
    assert fresh(conversation).context_version == 0


def test_twenty_pins_are_the_most(ada, conversation, path, looked):
    for start in (0, 10):
        ada.patch(path, {"pin": [{"text": f"Note {start + number}"} for number in range(10)]})

    body = problem(ada.patch(path, {"pin": [{"text": "One more"}], "metadata": {"a": 1}}), 422, "too_many_pins")

    assert "at most 20 pins" in body["detail"]
    assert len(looked()["pinned"]) == 20
    assert looked()["metadata"] == {}
    kept = ada.patch(path, {"unpin": [looked()["pinned"][0]["id"]], "pin": [{"text": "One more"}]})
    assert pinned(kept.json())[0] == "One more"


@pytest.mark.parametrize("visible_to", ["staff", "ada"])
def test_only_what_everybody_may_read_is_pinned(ada, conversation, path, visible_to):
    private = say(conversation, "For one", visible_to=str(ada.user.id) if visible_to == "ada" else visible_to)
    elsewhere = say(conversations.create(ada.user, ada.workspace.id, {}), "there", ada)

    for message in (private.id, elsewhere.id, uuid4()):
        problem(ada.patch(path, {"pin": [{"message": str(message)}, {"text": "x"}]}), 422, "unknown_message")

    assert not Pin.objects.exists()


def test_a_pinned_message_that_is_deleted_is_not_known(ada, conversation, path, looked):
    message = say(conversation, "Keep this", ada)
    ada.patch(path, {"pin": [{"message": str(message.id)}]})

    Message.objects.filter(id=message.id).update(status=MessageStatus.DELETED)
    store.invalidate(conversation)

    assert pinned(looked()) == []


def test_metadata_are_merged_and_told_in_the_workspaces_log_too(ada, conversation, path):
    ada.patch(path, {"metadata": {"a": 1, "b": {"c": 2}}})

    shown = ada.patch(path, {"metadata": {"a": None, "d": 3}}).json()

    assert shown["metadata"] == fresh(conversation).metadata == {"b": {"c": 2}, "d": 3}
    assert told(conversation) == [{"metadata": 2}, {"metadata": 2}]
    updated = Event.objects.after(stream_of(conversation.workspace_id), 0).filter(type="conversation.updated")
    assert [event.data["conversation"]["metadata"] for event in updated][-1] == {"b": {"c": 2}, "d": 3}


def test_metadata_that_grow_too_large_are_refused_whole(ada, conversation, path):
    ada.patch(path, {"metadata": {"a": "x" * 10_000}})

    problem(ada.patch(path, {"metadata": {"b": "x" * 10_000}, "pin": [{"text": "x"}]}), 422, "metadata_too_large")

    assert list(fresh(conversation).metadata) == ["a"]
    assert not Pin.objects.exists()


@pytest.mark.parametrize("fields", [{"title": "Other"}, {"metadata": {"a": 1}}])
def test_a_changed_label_is_known_and_raises_the_version(ada, conversation, looked, fields):
    before = looked()["version"]

    answer = ada.patch(f"/api/v1/conversations/{conversation.id}/", fields).json()

    shown = looked()
    assert shown["version"] == answer["context_version"] == before + 1
    assert {name: shown[name] for name in fields} == fields
    assert told(conversation) == [{"metadata": 1}]


@pytest.mark.parametrize("fields", [{"policy": "reject"}, {"archived": True}, {"title": "Plans"}])
def test_a_change_that_no_context_shows_raises_none(ada, conversation, looked, fields):
    before = looked()["version"]

    ada.patch(f"/api/v1/conversations/{conversation.id}/", fields)

    assert looked()["version"] == before
    assert told(conversation) == []


def test_what_filters_block_in_a_note_changes_nothing(ada, conversation, path):
    message = say(conversation, "Keep this", ada)

    problem(ada.patch(path, {"pin": [{"message": str(message.id)}, {"text": EICAR}]}), 422, "message_blocked")

    assert not Pin.objects.exists()
    assert told(conversation) == []


def test_a_viewer_looks_and_changes_nothing(ada, bob, path):
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)

    assert bob.get(path).status_code == 200
    problem(bob.patch(path, {"pin": [{"text": "x"}]}), 403, "forbidden")


def test_a_stranger_learns_nothing(eve, path):
    problem(eve.get(path), 404, "not_found")
    problem(eve.patch(path, {"pin": [{"text": "x"}]}), 404, "not_found")


def test_who_was_removed_learns_nothing_from_then_on(bob, path):
    assert bob.get(path).status_code == 200

    Membership.objects.filter(user=bob.user).delete()

    problem(bob.get(path), 404, "not_found")
