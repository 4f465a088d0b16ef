"""Workspaces: who makes, sees and renames them."""

from uuid import uuid4

import pytest

from security.models import Workspace
from tests.problem import problem

WORKSPACES = "/api/v1/workspaces/"


def at(person):
    return f"{WORKSPACES}{person.workspace.id}/"


def facts(person, workspace):
    """The workspace's log as its members read it: type, who did it, what it says."""
    events = person.get(f"{WORKSPACES}{workspace}/events/").json()["results"]
    return [(event["type"], event["actor"]["id"], event["data"]) for event in events]


def test_who_makes_a_workspace_owns_it(eve):
    made = eve.post(WORKSPACES, {"name": "Attic"})

    assert made.status_code == 201
    assert (made.json()["name"], made.json()["role"]) == ("Attic", "owner")
    assert eve.get(f"{WORKSPACES}{made.json()['id']}/").json() == made.json()


def test_the_first_fact_of_a_workspace_is_its_owner(eve):
    made = eve.post(WORKSPACES, {"name": "Attic"}).json()

    [(type, actor, member)] = facts(eve, made["id"])
    assert (type, actor) == ("member.added", str(eve.user.id))
    assert (member["member"], member["username"], member["role"]) == (str(eve.user.id), "eve", "owner")


def test_everybody_sees_their_own_workspaces_only(ada, bob, eve):
    seen = {person.user.username: person.get(WORKSPACES).json()["results"] for person in (ada, bob, eve)}

    assert {name: [(row["name"], row["role"]) for row in rows] for name, rows in seen.items()} == {
        "ada": [("Lab", "owner")],
        "bob": [("Lab", "editor")],
        "eve": [("Elsewhere", "owner")],
    }


def test_workspaces_are_listed_newest_first_in_pages(eve):
    for name in ("Attic", "Barn"):
        eve.post(WORKSPACES, {"name": name})

    first = eve.get(f"{WORKSPACES}?page_size=2").json()
    second = eve.get(first["next"]).json()

    assert [row["name"] for row in first["results"] + second["results"]] == ["Barn", "Attic", "Elsewhere"]
    assert (first["previous"], second["next"]) == (None, None)


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_owners_and_admins_rename(bob_as, role):
    bob = bob_as(role)

    answer = bob.patch(at(bob), {"name": "Workshop"})

    assert (answer.status_code, answer.json()["name"], answer.json()["role"]) == (200, "Workshop", role)
    assert Workspace.objects.get(id=bob.workspace.id).name == "Workshop"


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_do_not_rename(bob_as, role):
    bob = bob_as(role)

    body = problem(bob.patch(at(bob), {"name": "Workshop"}), 403, "forbidden")

    assert body["detail"] == f"Your role here is {role}; this takes owner or admin."
    assert bob.get(at(bob)).json()["name"] == "Lab"


@pytest.mark.parametrize("name", ["", "   ", None, 200 * "x" + "x", {"en": "Attic"}])
def test_a_name_that_is_none_is_refused(ada, name):
    for answer in (ada.post(WORKSPACES, {"name": name}), ada.patch(at(ada), {"name": name})):
        body = problem(answer, 422, "invalid")
        assert [error["pointer"] for error in body["errors"]] == ["/name"]


def test_what_the_server_sets_cannot_be_sent(ada):
    id = str(uuid4())

    made = ada.post(WORKSPACES, {"name": "Attic", "id": id, "role": "viewer", "created_at": "2000-01-01T00:00:00Z"})

    assert made.json()["id"] != id
    assert made.json()["role"] == "owner"
    assert not made.json()["created_at"].startswith("2000")


def test_who_has_not_signed_in_sees_no_workspace(visitor):
    problem(visitor.get(WORKSPACES), 401, "not_authenticated")
    problem(visitor.post(WORKSPACES, {"name": "Attic"}), 401, "not_authenticated")
