"""A key reaches one workspace. Of the others of its user it learns as little as a stranger does."""

from typing import Any
from uuid import uuid4

import pytest

from contexts import conversations
from dispatch import doors
from project.errors import NotFound
from security import scopes, sessions, tickets, workspaces
from security.keys import KeyInvalid
from security.models import Role
from tests import admin_rows
from tests.problem import problem, refusal
from tests.programs import Program
from tests.security.test_isolation import CASES, UNREADABLE, ask, theirs, unknown

__all__ = ["theirs"]

LISTS = ("workspaces", "conversations", "routes", "rules", "findings")
SIGN_IN = ("auth/", "experts/<uuid:id>/rotate-secret/")  # no key gets there
REACHED = sorted(case for case in set(CASES) - UNREADABLE if not case[0].startswith(SIGN_IN))
MAKING: dict[str, dict[str, Any]] = {
    "conversations/": {},
    "dispatch/explain": {"text": "hello"},
    "experts/": {"slug": "mine", "name": "Mine"},
    "routes/": {"name": "Mine", "handlers": ["commands"]},
    "rules/": {"name": "Mine", "expression": "zephyr", "sample": "zephyr", "action": "flag"},
    "rules/try": {"expression": "zephyr"},
}


@pytest.fixture
def attic(ada, bob):
    """Another workspace of ada's, with bob in it."""
    made = workspaces.create(ada.user, "Attic")
    workspaces.add_member(ada.user, made, "bob", Role.EDITOR)
    return made


@pytest.fixture
def program(ada, theirs, attic):
    """With every scope, in the attic; what `theirs` names is in the lab."""
    return Program(ada, *scopes.SCOPES, workspace=attic.id)


@pytest.mark.parametrize(("path", "method"), REACHED)
def test_what_is_in_another_workspace_of_its_user_is_the_same_404(program, theirs, path, method):
    foreign = ask(program, path, method, theirs)

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(ask(program, path, method, unknown()))


def test_lists_show_the_keys_own_workspace_alone(ada, program, attic, theirs):
    own = conversations.create(ada.user, attic.id, {"title": "Boxes"})
    route = admin_rows.route(attic, "Boxes")
    admin_rows.route(None, "Everybody's")
    rule = admin_rows.rule(attic, "Boxes")
    admin_rows.rule(None, "Everybody's")
    finding = admin_rows.finding(admin_rows.message(own, 9), rule)

    me = program.get("/api/v1/me").json()
    lists = {name: program.get(f"/api/v1/{name}/").json()["results"] for name in LISTS}

    assert [workspace["id"] for workspace in me["workspaces"]] == [str(attic.id)]
    assert {name: [row["id"] for row in rows] for name, rows in lists.items()} == {
        "workspaces": [str(attic.id)],
        "conversations": [str(own.id)],
        "routes": [str(route.id)],
        "rules": [str(rule.id)],
        "findings": [str(finding.id)],
    }
    assert program.get(f"/api/v1/conversations/?workspace={theirs['workspace']}").json()["results"] == []


@pytest.mark.parametrize("path", sorted(MAKING))
def test_nothing_is_made_in_another_workspace(program, theirs, path):
    foreign, other = (
        program.post(f"/api/v1/{path}", {**MAKING[path], "workspace": str(id)}) for id in (theirs["workspace"], uuid4())
    )

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(other)


def test_a_replayed_key_of_its_user_shows_nothing(ada, program):
    made = ada.post("/api/v1/conversations/", {"workspace": str(lab(ada))}, **{"Idempotency-Key": "same"})

    again = program.post("/api/v1/conversations/", {"workspace": str(lab(ada))}, **{"Idempotency-Key": "same"})

    assert made.status_code == 201
    problem(again, 404, "not_found")


def lab(ada):
    return ada.user.workspaces.get(name="Lab").id


def test_a_retry_of_the_programs_own_is_replayed(program, attic):
    body = {"workspace": str(attic.id)}
    first, second = (program.post("/api/v1/conversations/", body, **{"Idempotency-Key": "own"}) for _ in range(2))

    assert second["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()


@pytest.mark.parametrize("topic", ["workspace", "conversation"])
def test_logs_of_another_workspace_are_not_followed(program, theirs, topic):
    with pytest.raises(NotFound):
        doors.check_stream(sessions.identify(program.token), f"{topic}:{theirs[topic]}")


def test_a_key_of_staff_is_no_staff(ada, program, attic):
    answers = [
        program.get("/api/v1/staff/events/"),
        program.get(f"/api/v1/routes/{admin_rows.route(None).id}/"),
        program.get(f"/api/v1/rules/{admin_rows.rule(None).id}/"),
        program.get(f"/api/v1/experts/{admin_rows.expert(None).id}/"),
        program.get("/api/v1/findings/export"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 404]
    problem(program.patch("/api/v1/handlers/commands/", {"enabled": False}), 403, "forbidden")
    problem(program.post("/api/v1/routes/", {"name": "All", "handlers": ["commands"]}), 403, "forbidden")
    assert program.get("/api/v1/me").json()["user"]["is_staff"] is False
    assert ada.get("/api/v1/me").json()["user"]["is_staff"] is True


def test_staffs_key_does_not_read_what_is_for_staff_alone(ada, bob, conversation):
    said = bob.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}).json()["message"]
    conversation.messages.update(visible_to=str(bob.user.id))

    assert ada.get(f"/api/v1/messages/{said}/").status_code == 200
    assert Program(ada, "read").get(f"/api/v1/messages/{said}/").status_code == 404


def test_the_ticket_of_a_key_is_good_for_what_the_key_is(program, theirs):
    ticket = program.post("/api/v1/auth/ticket", {"target": "/ws/v1/"}).json()["ticket"]

    identity = tickets.redeem(ticket, "/ws/v1/")

    assert identity.user.grant == sessions.identify(program.token).user.grant
    with pytest.raises(NotFound):
        doors.check_stream(identity, f"conversation:{theirs['conversation']}")


def test_the_ticket_of_a_key_whose_workspace_is_gone_opens_nothing(program, attic):
    ticket = program.post("/api/v1/auth/ticket", {"target": "/ws/v1/"}).json()["ticket"]
    attic.delete()

    with pytest.raises(KeyInvalid):
        tickets.redeem(ticket, "/ws/v1/")
