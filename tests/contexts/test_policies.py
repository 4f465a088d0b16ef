"""How much handlers know in a workspace: changed by who manages it, and followed at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contexts import conversations, store
from contexts.knowledge import ContextPolicy
from contexts.models import Message
from tests.contexts.said import fresh, say
from tests.problem import problem

DEFAULTS = {
    "messages": 100,
    "days": None,
    "tokens": None,
    "recalled": 5,
    "retention_days": None,
    "summary": True,
    "entities": True,
}


@pytest.fixture
def path(conversation):
    return f"/api/v1/workspaces/{conversation.workspace_id}/context-policy/"


def test_without_one_the_defaults_hold(bob, path):
    assert bob.get(path).json() == DEFAULTS
    assert not ContextPolicy.objects.exists()


def test_who_manages_changes_it_and_members_read_it(ada, bob, path):
    answer = ada.patch(path, {"messages": 20, "retention_days": 30, "summary": False})

    assert answer.json() == DEFAULTS | {"messages": 20, "retention_days": 30, "summary": False}
    assert bob.get(path).json() == answer.json()
    assert ada.patch(path, {"retention_days": None}).json()["retention_days"] is None


def test_others_change_nothing(bob, eve, path):
    problem(bob.patch(path, {"messages": 20}), 403, "forbidden")
    problem(eve.patch(path, {"messages": 20}), 404, "not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("messages", 0),
        ("messages", 501),
        ("messages", None),
        ("tokens", 255),
        ("tokens", 200_001),
        ("recalled", 21),
        ("days", 0),
        ("retention_days", 1),
        ("window", 3),
    ],
)
def test_what_is_out_of_bounds_is_refused(ada, path, field, value):
    refused = problem(ada.patch(path, {field: value}), 422, "invalid")

    assert [error["pointer"] for error in refused["errors"]] == [f"/{field}"]
    assert not ContextPolicy.objects.exists()


def test_the_next_load_follows_it(ada, conversation, path):
    for number in range(5):
        say(conversation, str(number), ada)
    message = say(conversation, "now", ada)
    assert len(store.load(message).messages) == 5

    ada.patch(path, {"messages": 2})
    assert [one.text for one in store.load(message).messages] == ["3", "4"]
    Message.objects.update(created_at=timezone.now() - timedelta(days=3))
    ada.patch(path, {"days": 2})
    assert store.load(message).messages == ()


def test_the_versions_of_its_conversations_rise_and_no_others(ada, eve, conversation, path):
    elsewhere = conversations.create(eve.user, eve.workspace.id, {"title": "Elsewhere"})
    before = fresh(conversation).context_version, fresh(elsewhere).context_version

    ada.patch(path, {"recalled": 0})
    ada.patch(path, {"recalled": 0})

    assert (fresh(conversation).context_version, fresh(elsewhere).context_version) == (before[0] + 1, before[1])
