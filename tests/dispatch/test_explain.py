"""Which path a message would take: computed for those who manage, and nothing is sent or kept."""

from uuid import uuid4

import pytest

from contexts.models import Message
from dispatch.models import Run
from project.models import Event
from security.models import Membership
from tests import admin_rows
from tests.problem import problem, refusal

EXPLAIN = "/api/v1/dispatch/explain"


def body(person, **fields):
    return {"workspace": str(person.workspace.id), "text": "hello", **fields}


def test_without_a_route_the_handlers_of_the_kind_are_asked(ada):
    decision = ada.post(EXPLAIN, body(ada)).json()

    assert decision.pop("ms") >= 0
    assert decision == {
        "policy": "first",
        "path": ["offline_responder"],
        "reason": "handlers of kind text, by priority",
        "route": None,
        "audience": "conversation",
        "deadline": None,
        "attempts": 3,
        "priority": "",
        "missing": [],
        "candidates": [],
        "more": 0,
    }


def test_the_first_route_that_matches_is_taken_and_every_one_before_it_shown(ada):
    lab = ada.workspace
    admin_rows.route(None, "everything", position=1)
    chosen = admin_rows.route(
        lab, "hellos", position=8, conditions={"text": "hello"}, policy="all", deadline=9, retries=0
    )
    passed = admin_rows.route(lab, "actions", position=7, conditions={"kind": ["action"]})
    admin_rows.route(lab, "off", position=1, enabled=False)
    admin_rows.route(lab, "later", position=9)

    decision = ada.post(EXPLAIN, body(ada)).json()

    assert decision["route"] == {"id": str(chosen.id), "name": "hellos"}
    assert (decision["policy"], decision["deadline"], decision["attempts"]) == ("all", 9, 1)
    assert decision["candidates"] == [
        {
            "route": {"id": str(passed.id), "name": "actions"},
            "installation": False,
            "matched": False,
            "missing": [],
            "conditions": [{"on": "kind", "expected": ["action"], "found": "text", "met": False}],
        },
        {
            "route": {"id": str(chosen.id), "name": "hellos"},
            "installation": False,
            "matched": True,
            "missing": [],
            "conditions": [{"on": "text", "expected": "hello", "found": True, "met": True}],
        },
    ]


def test_routes_of_the_installation_come_after_those_of_the_workspace(ada, eve):
    everybodys = admin_rows.route(None, "everything", position=1)
    admin_rows.route(eve.workspace, "foreign", position=0)
    own = admin_rows.route(ada.workspace, "own", position=50, conditions={"text": "hello"})

    taken = [ada.post(EXPLAIN, body(ada, text=text)).json()["route"]["id"] for text in ("hello", "bye")]

    assert taken == [str(own.id), str(everybodys.id)]


def test_nothing_is_kept(ada, conversation):
    before = [model.objects.count() for model in (Message, Run, Event)]

    answer = ada.post(EXPLAIN, {"conversation": str(conversation.id), "text": "hello"})

    assert answer.status_code == 200
    assert [model.objects.count() for model in (Message, Run, Event)] == before


@pytest.mark.parametrize(
    ("route", "wished", "given"),
    [
        ("workspace", "sender", "sender"),
        ("sender", "workspace", "sender"),
        ("conversation", "none", "none"),
        ("none", "conversation", "none"),
        ("workspace", None, "workspace"),
    ],
)
def test_a_message_may_only_narrow_who_gets_the_reply(ada, route, wished, given):
    admin_rows.route(ada.workspace, audience=route)

    decision = ada.post(EXPLAIN, body(ada, metadata={"audience": wished} if wished else {})).json()

    assert decision["audience"] == given


def test_admins_explain_for_the_members_of_their_workspace_only(eve, ada, bob):
    Membership.objects.create(user=bob.user, workspace=eve.workspace, role="viewer")
    admin_rows.route(eve.workspace, conditions={"role": ["viewer"]})

    for_bob = eve.post(EXPLAIN, body(eve, **{"as": "bob"}))
    for_ada = eve.post(EXPLAIN, body(eve, **{"as": "ada"}))

    assert for_bob.json()["candidates"][0]["matched"]
    problem(for_ada, 422, "unknown_user")
    assert refusal(for_ada) == refusal(eve.post(EXPLAIN, body(eve, **{"as": "nobody"})))


def test_staff_explain_for_every_workspace(ada, eve):
    answer = ada.post(EXPLAIN, body(eve, **{"as": "eve"}))

    assert answer.status_code == 200


def test_others_are_refused(ada, bob, eve, conversation):
    problem(bob.post(EXPLAIN, body(ada)), 403, "forbidden")
    for foreign, unknown in (
        (body(ada), {"workspace": str(uuid4()), "text": "hello"}),
        ({"conversation": str(conversation.id)}, {"conversation": str(uuid4())}),
    ):
        answer = eve.post(EXPLAIN, foreign)
        problem(answer, 404, "not_found")
        assert refusal(answer) == refusal(eve.post(EXPLAIN, unknown))


def test_staff_are_told_of_what_is_not_there(ada):
    for unknown in ({"workspace": str(uuid4())}, {"conversation": str(uuid4())}):
        problem(ada.post(EXPLAIN, unknown), 404, "not_found")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"conversation": str(uuid4())}, "/workspace"),
        ({"workspace": "here"}, "/workspace"),
        ({"colour": "red"}, "/colour"),
        ({"metadata": []}, "/metadata"),
    ],
)
def test_what_cannot_be_explained_is_refused(ada, fields, pointer):
    [error] = problem(ada.post(EXPLAIN, body(ada, **fields)), 422, "invalid")["errors"]

    assert error["pointer"] == pointer


def test_a_kind_that_nobody_takes_is_refused_as_for_a_message(ada):
    problem(ada.post(EXPLAIN, body(ada, kind="fax")), 422, "unknown_kind")


def test_members_see_the_public_part_of_a_runs_decision(ada, bob, conversation):
    admin_rows.route(ada.workspace, "secret name", conditions={"text": "hel+o"}, audience="sender")
    taken = bob.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}).json()

    seen, whole = (person.get(taken["status_url"]).json()["decision"] for person in (bob, ada))

    assert seen == {
        "policy": "first",
        "path": ["offline_responder"],
        "reason": "a route of the workspace",
        "audience": "sender",
    }
    assert whole["route"]["name"] == "secret name"
    assert whole["candidates"][0]["conditions"][0]["met"]


def test_admins_learn_nothing_of_whom_routes_of_the_installation_name(ada, bob, eve, conversation):
    Membership.objects.filter(user=bob.user).update(role="admin")
    named = {"sender": ["eve"], "workspace": [str(eve.workspace.id)]}
    admin_rows.route(ada.workspace, "own", conditions={"text": "bye"})
    admin_rows.route(None, "for eve", position=1, conditions=named)
    everybodys = admin_rows.route(None, "everybody else", position=2, conditions={"sender": ["bob", "eve"]})
    taken = bob.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}).json()

    for decision, whole in (
        (bob.get(taken["status_url"]).json()["decision"], ada.get(taken["status_url"]).json()["decision"]),
        (bob.post(EXPLAIN, body(bob)).json(), ada.post(EXPLAIN, body(ada, **{"as": "bob"})).json()),
    ):
        own, *others = decision["candidates"]
        assert (decision["route"], own["route"]["name"], own["installation"]) == (None, "own", False)
        assert others == [
            {"installation": True, "matched": False, "missing": []},
            {"installation": True, "matched": True, "missing": []},
        ]
        assert not any(text in str(decision) for text in ("eve", str(eve.workspace.id), "every", str(everybodys.id)))
        assert whole["route"]["name"] == "everybody else"
        assert whole["candidates"][1]["conditions"][0]["expected"] == ["eve"]


def test_of_a_decision_that_does_not_say_whose_its_routes_are_admins_see_none(ada, bob, conversation):
    Membership.objects.filter(user=bob.user).update(role="admin")
    route = {"id": str(uuid4()), "name": "whose?"}
    candidate = {"route": route, "matched": True, "missing": [], "conditions": []}
    said = admin_rows.message(conversation, 1, author=ada.user)
    run = admin_rows.run(said, decision={"path": [], "route": route, "candidates": [candidate]})

    seen = bob.get(f"/api/v1/runs/{run.id}/").json()["decision"]

    assert seen == {"path": [], "route": None, "candidates": [{"installation": True, "matched": True, "missing": []}]}


@pytest.mark.parametrize(("count", "kept", "more"), [(19, 20, 0), (20, 20, 1), (24, 20, 5)])
def test_a_run_keeps_twenty_of_the_routes_that_were_looked_at_and_the_one_taken(ada, conversation, count, kept, more):
    for number in range(count):
        admin_rows.route(ada.workspace, f"r{number}", position=number, conditions={"kind": ["action"]})
    admin_rows.route(ada.workspace, "taken", position=count)
    taken = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}).json()

    decision, whole = ada.get(taken["status_url"]).json()["decision"], ada.post(EXPLAIN, body(ada)).json()

    names = [candidate["route"]["name"] for candidate in decision["candidates"]]
    assert (len(names), names[-1], decision["more"]) == (kept, "taken", more)
    assert names[:19] == [f"r{number}" for number in range(19)]
    assert (len(whole["candidates"]), whole["more"]) == (count + 1, 0)
