"""Nobody learns of anything outside their workspaces: on every path, a foreign id and an unknown id are the same 404.

The paths are those of `project.urls` that take an id: one that is added and not covered here fails.
"""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from contexts.models import Message
from security.models import Membership
from tests import admin_rows
from tests.contexts.named import named
from tests.problem import problem, refusal
from tests.programs import Program

BODIES: dict[str, dict[str, Any]] = {
    "workspaces/<uuid:id>/": {"patch": {"name": "Mine now"}},
    "workspaces/<uuid:id>/members/": {"post": {"username": "eve", "role": "owner"}},
    "workspaces/<uuid:id>/members/<uuid:member>/": {"patch": {"role": "viewer"}, "delete": None},
    "workspaces/<uuid:id>/context-policy/": {"patch": {"messages": 10}},
    "workspaces/<uuid:id>/events/": {},
    "conversations/<uuid:id>/": {"patch": {"title": "Mine now"}, "delete": None},
    "conversations/<uuid:id>/messages/": {"post": {"kind": "text", "text": "Hello"}},
    "conversations/<uuid:id>/context/prune": {"post": {"keep_last": 1}},
    "conversations/<uuid:id>/context/invalidate": {"post": {}},
    "conversations/<uuid:id>/entities/": {},
    "conversations/<uuid:id>/entities/<uuid:entity>/": {"patch": {"pinned": True}, "delete": None},
    "conversations/<uuid:id>/events/": {},
    "conversations/<uuid:id>/delegations/": {},
    "conversations/<uuid:id>/context/": {"patch": {"pin": [{"text": "Mine now"}]}},
    "messages/<uuid:id>/": {"patch": {"text": "Mine now"}, "delete": None},
    "messages/<uuid:id>/retry": {"post": {}},
    "runs/<uuid:id>/": {},
    "runs/<uuid:id>/events/": {},
    "runs/<uuid:id>/cancel": {"post": {}},
    "delegations/<uuid:id>/": {},
    "delegations/<uuid:id>/cancel": {"post": {}},
    "delegations/<uuid:id>/input": {"post": {"answer": "Mine now"}},
    "routes/<uuid:id>/": {"patch": {"enabled": False}, "delete": None},
    "experts/<uuid:id>/": {"patch": {"enabled": False}, "delete": None},
    "experts/<uuid:id>/rotate-secret/": {"post": {}},
    "experts/<uuid:id>/accept/": {"post": {}},
    "review/<uuid:id>/": {},
    "review/<uuid:id>/release": {"post": {}},
    "review/<uuid:id>/reject": {"post": {}},
    "rules/<uuid:id>/": {"patch": {"mode": "off"}, "delete": None},
    "findings/<uuid:id>/verdict": {"post": {"verdict": "wrong"}},
    "auth/sessions/<uuid:id>": {"delete": None},
    "auth/keys/<uuid:id>": {"delete": None},
}
QUESTION = {"prompt": "Which colour?", "schema": {}, "prefill": {}, "left": 60}
OWNERS = {
    "workspaces": "workspace",
    "conversations": "conversation",
    "messages": "message",
    "runs": "run",
    "delegations": "delegation",
    "routes": "route",
    "experts": "expert",
    "review": "review",
    "rules": "rule",
    "findings": "finding",
    "auth/sessions": "session",
    "auth/keys": "key",
}
# Members of other roles do not read them either.
MANAGED = {"routes/<uuid:id>/", "experts/<uuid:id>/", "review/<uuid:id>/", "rules/<uuid:id>/"}
CASES = [(path, method) for path, bodies in BODIES.items() for method in ("get", *bodies)]
UNREADABLE = {
    ("workspaces/<uuid:id>/members/<uuid:member>/", "get"),
    ("messages/<uuid:id>/retry", "get"),
    ("conversations/<uuid:id>/context/prune", "get"),
    ("conversations/<uuid:id>/context/invalidate", "get"),
    ("runs/<uuid:id>/cancel", "get"),
    ("delegations/<uuid:id>/cancel", "get"),
    ("delegations/<uuid:id>/input", "get"),
    ("experts/<uuid:id>/rotate-secret/", "get"),
    ("experts/<uuid:id>/accept/", "get"),
    ("review/<uuid:id>/release", "get"),
    ("review/<uuid:id>/reject", "get"),
    ("findings/<uuid:id>/verdict", "get"),
    ("auth/sessions/<uuid:id>", "get"),
    ("auth/keys/<uuid:id>", "get"),
}
READABLE = [path for path in BODIES if (path, "get") not in UNREADABLE]


@pytest.fixture
def theirs(ada, bob, conversation):
    """The ids of everything that ada and bob have."""
    taken = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"kind": "text", "text": "A secret"}).json()
    return {
        "workspace": ada.workspace.id,
        "member": Membership.objects.get(user=bob.user).id,
        "conversation": conversation.id,
        "entity": named(conversation).id,
        "message": taken["message"],
        "run": taken["run"],
        "delegation": admin_rows.asked(conversation, state="input_required", question=QUESTION).id,
        "route": admin_rows.route(ada.workspace).id,
        "expert": admin_rows.expert(ada.workspace).id,
        "review": admin_rows.review(conversation, bob.user).id,
        "rule": admin_rows.rule(ada.workspace).id,
        "finding": admin_rows.finding(Message.objects.get(id=taken["message"])).id,
        "session": ada.session.id,
        "key": Program(ada, "read").key.id,
    }


def taking_ids(patterns=None, prefix=""):
    """(path, methods) of each path below /api/v1/ that takes an id."""
    for pattern in patterns or get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from taking_ids(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/v1/") and "<uuid:" in path:
            view = vars(pattern.callback)["view_class"]
            methods = {method for method in view.http_method_names if hasattr(view, method)} - {"options", "head"}
            yield path.removeprefix("api/v1/"), methods


def filled(path, ids):
    id = next(ids[name] for owner, name in OWNERS.items() if path.startswith(owner))
    for name in ("member", "entity"):
        path = path.replace(f"<uuid:{name}>", str(ids[name]))
    return "/api/v1/" + path.replace("<uuid:id>", str(id))


def ask(person, path, method, ids):
    """Send a request that would be carried out for somebody who may."""
    call = getattr(person, method)
    body = BODIES[path].get(method)
    return call(filled(path, ids), body) if body is not None else call(filled(path, ids))


def unknown():
    return dict.fromkeys(["workspace", "member", "entity", *OWNERS.values()], uuid4())


def test_every_path_that_takes_an_id_is_covered():
    served = {(path, method) for path, methods in taking_ids() for method in methods}

    assert served == set(CASES) - UNREADABLE


@pytest.mark.parametrize(("path", "method"), sorted(set(CASES) - UNREADABLE))
def test_foreign_and_unknown_are_the_same_404(eve, theirs, path, method):
    foreign = ask(eve, path, method, theirs)

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(ask(eve, path, method, unknown()))


@pytest.mark.parametrize("path", [path for path in READABLE if path not in MANAGED])
def test_a_member_does_see_what_the_stranger_does_not(bob, theirs, path):
    assert ask(bob, path, "get", theirs).status_code == 200


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_foreign_member_is_not_reached_through_an_own_workspace(eve, theirs, method):
    path = "workspaces/<uuid:id>/members/<uuid:member>/"
    own = {"workspace": eve.workspace.id}

    foreign = ask(eve, path, method, theirs | own)

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(ask(eve, path, method, unknown() | own))


def test_what_was_refused_has_changed_nothing(ada, eve, theirs):
    for _ in range(2):  # the first look at a context keeps a snapshot, and the second tells of it
        seen = [ask(ada, path, "get", theirs).json() for path in READABLE]

    for path, method in CASES:
        ask(eve, path, method, theirs)

    assert [ask(ada, path, "get", theirs).json() for path in READABLE] == seen


def test_a_conversation_is_not_made_in_a_foreign_workspace(eve, theirs):
    foreign, other = (
        eve.post("/api/v1/conversations/", {"workspace": str(id)}) for id in (theirs["workspace"], uuid4())
    )

    problem(foreign, 404, "not_found")
    assert refusal(foreign) == refusal(other)


def test_a_foreign_workspace_as_a_filter_finds_nothing(eve, theirs):
    answers = [eve.get(f"/api/v1/conversations/?workspace={id}").json() for id in (theirs["workspace"], uuid4())]

    assert answers == [{"next": None, "previous": None, "results": []}] * 2


def test_a_foreign_message_cannot_be_replied_to(eve, theirs):
    own = eve.post("/api/v1/conversations/", {"workspace": str(eve.workspace.id)}).json()["id"]
    path = f"/api/v1/conversations/{own}/messages/"

    foreign, other = (eve.post(path, {"text": "Hello", "reply_to": str(id)}) for id in (theirs["message"], uuid4()))

    problem(foreign, 422, "unknown_reply_to")
    assert refusal(foreign) == refusal(other)


def test_a_replayed_key_of_somebody_else_shows_nothing(ada, eve):
    ada.post("/api/v1/workspaces/", {"name": "Attic"}, **{"Idempotency-Key": "same"})

    answer = eve.post("/api/v1/workspaces/", {"name": "Attic"}, **{"Idempotency-Key": "same"})

    assert not answer.has_header("Idempotency-Replayed")
    assert ada.get(f"/api/v1/workspaces/{answer.json()['id']}/").status_code == 404


@pytest.mark.parametrize("path", READABLE)
def test_who_was_removed_is_a_stranger(ada, bob, theirs, path):
    ada.delete(filled("workspaces/<uuid:id>/members/<uuid:member>/", theirs))

    problem(ask(bob, path, "get", theirs), 404, "not_found")


WRITTEN = [
    (path, method)
    for path, method in CASES
    if method != "get" and path.startswith(("conversations/", "messages/", "workspaces/<uuid:id>/context-policy/"))
]


def test_a_viewer_reads_and_changes_nothing(bob, theirs):
    Membership.objects.filter(user=bob.user).update(role="viewer")

    for path, method in WRITTEN:
        problem(ask(bob, path, method, theirs), 403, "forbidden")
        if path in READABLE:
            assert ask(bob, path, "get", theirs).status_code == 200
