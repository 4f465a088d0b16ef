"""Conversations over REST: make, list, change, delete."""

from uuid import uuid4

import pytest

from contexts import conversations
from contexts.models import Conversation, Policy
from project.errors import NotFound
from project.models import Stream
from security.models import Membership
from tests.people import Person, make_people
from tests.problem import problem
from tests.threads import at_once

CONVERSATIONS = "/api/v1/conversations/"
ROUNDS = 10  # of a race that is lost now and then


def at(conversation):
    return f"{CONVERSATIONS}{conversation.id}/"


def make(person, **fields):
    return person.post(CONVERSATIONS, {"workspace": str(person.workspace.id), **fields})


def titles(page):
    return [row["title"] for row in page["results"]]


def facts(person):
    """What the workspace's log tells about conversations: type and how the conversation then was."""
    events = person.get(f"/api/v1/workspaces/{person.workspace.id}/events/").json()["results"]
    return [(e["type"], e["data"]["conversation"]) for e in events if e["type"].startswith("conversation.")]


@pytest.fixture
def viewer(bob):
    Membership.objects.filter(user=bob.user).update(role="viewer")
    return bob


def test_a_conversation_is_made_as_described(ada):
    made = make(ada, title="Plans", policy="enqueue", metadata={"topic": "launch"})

    assert made.status_code == 201
    shown = made.json()
    assert (shown["title"], shown["policy"], shown["metadata"]) == ("Plans", "enqueue", {"topic": "launch"})
    assert (shown["archived"], shown["message_count"], shown["context_version"]) == (False, 0, 0)
    assert ada.get(f"{CONVERSATIONS}{shown['id']}/").json() == shown


def test_only_the_workspace_must_be_named(ada):
    shown = make(ada).json()

    assert (shown["title"], shown["policy"], shown["metadata"]) == ("", "enqueue", {})
    problem(ada.post(CONVERSATIONS, {"title": "Plans"}), 422, "invalid")


def test_a_team_mate_sees_it_and_the_workspaces_log_tells_it(ada, bob):
    made = make(ada, title="Plans").json()

    assert titles(bob.get(CONVERSATIONS).json()) == ["Plans"]
    assert [(type, told["id"]) for type, told in facts(bob)] == [("conversation.created", made["id"])]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("title", None),
        ("policy", "whenever"),
        ("metadata", []),
        ("metadata", "text"),
        ("metadata", {"x": "y" * 17_000}),
        ("workspace", "lab"),
        ("workspace", None),
    ],
)
def test_a_field_that_does_not_fit_is_named(ada, field, value):
    body = problem(make(ada, **{field: value}), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == [f"/{field}"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("policy", Policy.values)
def test_each_policy_is_taken_at_the_start_and_later(ada, conversation, policy):
    for answer in (make(ada, policy=policy), ada.patch(at(conversation), {"policy": policy})):
        assert answer.status_code < 300
        assert answer.json()["policy"] == policy


def test_a_conversation_without_a_log_is_not_found(ada, conversation):
    Stream.objects.filter(key=conversation.stream).delete()

    problem(ada.get(f"{at(conversation)}events/"), 404, "not_found")


def test_the_list_is_of_own_workspaces_newest_first(ada, bob, eve):
    for person, title in ((ada, "first"), (bob, "second"), (eve, "elsewhere")):
        make(person, title=title)

    assert titles(ada.get(CONVERSATIONS).json()) == ["second", "first"]
    assert titles(eve.get(CONVERSATIONS).json()) == ["elsewhere"]


def test_the_list_is_filtered_by_workspace(ada):
    lab = str(ada.workspace.id)
    attic = ada.post("/api/v1/workspaces/", {"name": "Attic"}).json()["id"]
    for workspace, title in ((lab, "in the lab"), (attic, "in the attic")):
        ada.post(CONVERSATIONS, {"workspace": workspace, "title": title})

    assert titles(ada.get(f"{CONVERSATIONS}?workspace={attic}").json()) == ["in the attic"]
    assert titles(ada.get(f"{CONVERSATIONS}?workspace={uuid4()}").json()) == []


@pytest.mark.parametrize("value", ["lab", "1", "%00", "00000000-0000-0000-0000-00000000000g"])
def test_a_filter_that_is_no_id_is_refused(ada, value):
    problem(ada.get(f"{CONVERSATIONS}?workspace={value}"), 422, "invalid_filter")


def test_everything_that_can_be_changed_is_changed(ada, conversation):
    changes = {"title": "Better plans", "metadata": {"a": 1}}

    answer = ada.patch(at(conversation), changes)

    assert answer.status_code == 200
    assert {name: ada.get(at(conversation)).json()[name] for name in changes} == changes
    assert facts(ada)[-1][0] == "conversation.updated"
    assert {name: facts(ada)[-1][1][name] for name in changes} == changes


@pytest.mark.parametrize("changes", [{"title": "x" * 201}, {"policy": ""}, {"metadata": None}, {"archived": "maybe"}])
def test_a_change_that_does_not_fit_changes_nothing(ada, conversation, changes):
    before = ada.get(at(conversation)).json()

    problem(ada.patch(at(conversation), changes), 422, "invalid")

    assert ada.get(at(conversation)).json() == before


def test_what_the_server_keeps_is_not_changed(ada, conversation, eve):
    ada.patch(at(conversation), {"workspace": str(eve.workspace.id), "message_count": 7, "context_version": 7})

    shown = ada.get(at(conversation)).json()
    assert (shown["workspace"], shown["message_count"], shown["context_version"]) == (str(ada.workspace.id), 0, 0)


def test_an_archived_conversation_is_put_away_and_taken_back(ada, conversation):
    archived = ada.patch(at(conversation), {"archived": True}).json()
    away = (titles(ada.get(CONVERSATIONS).json()), titles(ada.get(f"{CONVERSATIONS}?archived=true").json()))

    back = ada.patch(at(conversation), {"archived": False}).json()

    assert (archived["archived"], back["archived"]) == (True, False)
    assert away == ([], ["Plans"])
    assert titles(ada.get(CONVERSATIONS).json()) == ["Plans"]
    assert [type for type, _ in facts(ada)[1:]] == ["conversation.archived", "conversation.updated"]


def test_nothing_is_said_in_an_archived_conversation(ada, conversation):
    ada.patch(at(conversation), {"archived": True})

    refused = ada.post(f"{at(conversation)}messages/", {"text": "Hello"})

    problem(refused, 409, "conversation_archived")


def test_a_change_of_the_title_leaves_an_archived_conversation_archived(ada, conversation):
    ada.patch(at(conversation), {"archived": True})

    answer = ada.patch(at(conversation), {"title": "Old plans"}).json()

    assert (answer["title"], answer["archived"]) == ("Old plans", True)


def test_two_changes_at_once_do_not_undo_each_other(ada, conversation):
    seen_before = Conversation.objects.get(id=conversation.id)
    conversations.change(ada.user, conversation, {"archived": True})

    conversations.change(ada.user, seen_before, {"title": "Old plans"})

    shown = ada.get(at(conversation)).json()
    assert (shown["title"], shown["archived"]) == ("Old plans", True)
    assert (facts(ada)[-1][1]["title"], facts(ada)[-1][1]["archived"]) == ("Old plans", True)


def test_a_deleted_conversation_is_gone_for_everybody_with_all_it_held(ada, bob, conversation):
    message = ada.post(f"{at(conversation)}messages/", {"text": "Hello"}).json()

    answer = ada.delete(at(conversation))

    assert answer.status_code == 204
    gone = [at(conversation), f"{at(conversation)}messages/", f"{at(conversation)}events/"]
    for path in (*gone, f"/api/v1/messages/{message['message']}/", f"/api/v1/runs/{message['run']}/"):
        problem(bob.get(path), 404, "not_found")
    assert titles(bob.get(CONVERSATIONS).json()) == []
    assert facts(bob)[-1][0] == "conversation.deleted"


def test_a_deleted_conversation_is_not_deleted_twice(ada, conversation):
    ada.delete(at(conversation))

    problem(ada.delete(at(conversation)), 404, "not_found")
    assert [type for type, _ in facts(ada)].count("conversation.deleted") == 1


def test_a_viewer_reads_and_changes_nothing(ada, viewer, conversation):
    problem(make(viewer), 403, "forbidden")
    problem(viewer.patch(at(conversation), {"title": "Mine"}), 403, "forbidden")
    problem(viewer.delete(at(conversation)), 403, "forbidden")
    problem(viewer.post(f"{at(conversation)}messages/", {"text": "Hello"}), 403, "forbidden")

    assert viewer.get(at(conversation)).json()["title"] == "Plans"


def test_an_editor_works_with_the_conversations_of_others(bob, conversation):
    assert bob.patch(at(conversation), {"title": "Our plans"}).status_code == 200
    assert bob.post(f"{at(conversation)}messages/", {"text": "Hello"}).status_code == 202
    assert bob.delete(at(conversation)).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_changes_and_deletions_at_once_are_all_answered_and_one_deletes():
    ada = Person(make_people()["ada"])
    for _ in range(ROUNDS):
        path = f"{CONVERSATIONS}{make(ada).json()['id']}/"

        answers = at_once([lambda: ada.delete(path), lambda: ada.patch(path, {"title": "New"})] * 4)  # noqa: B023

        deletions, changes = ([answer.status_code for answer in answers[start::2]] for start in (0, 1))
        assert sorted(deletions) == [204, 404, 404, 404]
        assert set(changes) <= {200, 404}

    told = [type for type, _ in facts(ada)]
    assert told.count("conversation.deleted") == ROUNDS


def test_a_conversation_deleted_meanwhile_is_not_found(ada, conversation):
    seen_before = Conversation.objects.get(id=conversation.id)
    ada.delete(at(conversation))

    with pytest.raises(NotFound):
        conversations.change(ada.user, seen_before, {"title": "Late"})
    with pytest.raises(NotFound):
        conversations.delete(ada.user, seen_before)

    assert facts(ada)[-1][0] == "conversation.deleted"
