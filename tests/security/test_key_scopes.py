"""What a key of each scope is let in to: every method of every path there is. One that is added is for `manage`."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from security import scopes
from tests.problem import problem
from tests.programs import Program

DECLARED = {
    ("GET", "me"): "read",
    ("PATCH", "me"): None,
    ("POST", "auth/ticket"): "read",
    ("POST", "auth/introspect"): "introspect",
    ("GET", "workspaces/"): "read",
    ("POST", "workspaces/"): None,
    ("GET", "workspaces/<uuid:id>/"): "read",
    ("GET", "workspaces/<uuid:id>/members/"): "read",
    ("GET", "workspaces/<uuid:id>/context-policy/"): "read",
    ("GET", "workspaces/<uuid:id>/events/"): "read",
    ("GET", "conversations/"): "read",
    ("POST", "conversations/"): "chat",
    ("GET", "conversations/<uuid:id>/"): "read",
    ("GET", "conversations/<uuid:id>/messages/"): "read",
    ("POST", "conversations/<uuid:id>/messages/"): "chat",
    ("POST", "conversations/<uuid:id>/context/prune"): "chat",
    ("POST", "conversations/<uuid:id>/context/invalidate"): "chat",
    ("GET", "conversations/<uuid:id>/entities/"): "read",
    ("GET", "conversations/<uuid:id>/entities/<uuid:entity>/"): "read",
    ("GET", "conversations/<uuid:id>/events/"): "read",
    ("GET", "conversations/<uuid:id>/context/"): "read",
    ("PATCH", "conversations/<uuid:id>/context/"): "chat",
    ("GET", "staff/events/"): "read",
    ("GET", "messages/<uuid:id>/"): "read",
    ("PATCH", "messages/<uuid:id>/"): "chat",
    ("DELETE", "messages/<uuid:id>/"): "chat",
    ("POST", "messages/<uuid:id>/retry"): "chat",
    ("GET", "runs/<uuid:id>/"): "read",
    ("GET", "runs/<uuid:id>/events/"): "read",
    ("POST", "runs/<uuid:id>/cancel"): "chat",
    ("POST", "experts/<slug:slug>/delegations/"): "chat",
    ("POST", "delegations/"): "chat",
    ("GET", "conversations/<uuid:id>/delegations/"): "read",
    ("GET", "delegations/<uuid:id>/"): "read",
    ("POST", "delegations/<uuid:id>/cancel"): "chat",
    ("POST", "delegations/<uuid:id>/input"): "chat",
    ("GET", "experts/"): "read",
    ("POST", "experts/<uuid:id>/rotate-secret/"): None,
    ("GET", "handlers/"): "read",
    ("GET", "handlers/<str:name>/"): "read",
}
MANAGED = {
    ("PATCH", "workspaces/<uuid:id>/"),
    ("POST", "workspaces/<uuid:id>/members/"),
    ("DELETE", "workspaces/<uuid:id>/members/<uuid:member>/"),
    ("PATCH", "conversations/<uuid:id>/"),
    ("DELETE", "conversations/<uuid:id>/"),
    ("GET", "routes/"),
    ("POST", "experts/"),
    ("GET", "experts/<uuid:id>/"),
    ("POST", "experts/<uuid:id>/accept/"),
    ("POST", "dispatch/explain"),
    ("GET", "rules/"),
    ("POST", "rules/try"),
    ("GET", "findings/"),
    ("POST", "findings/<uuid:id>/verdict"),
}
CLOSED = {("POST", "auth/keys"), ("GET", "auth/keys"), ("DELETE", "auth/keys/<uuid:id>"), ("POST", "auth/logout")}
CLOSED |= {("PATCH", "me"), ("POST", "experts/<uuid:id>/rotate-secret/")}


def taken():
    """(method, path) of all that asks who is there, below /api/v1/."""
    below = next(p for p in get_resolver().url_patterns if isinstance(p, URLResolver) and str(p.pattern) == "api/v1/")
    for pattern in below.url_patterns:
        assert isinstance(pattern, URLPattern)
        found = vars(pattern.callback)
        if found["view_initkwargs"].get("authentication_classes", found["view_class"].authentication_classes):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                if hasattr(found["view_class"], method.lower()):
                    yield method, str(pattern.pattern)


def takes(method, path):
    return DECLARED.get((method, path), None if path.startswith("auth/") else "manage")


def ask(program, method, path) -> Any:
    for word in ("<uuid:id>", "<uuid:member>", "<uuid:entity>"):
        path = path.replace(word, str(uuid4()))
    address = f"/api/v1/{path.replace('<str:name>', 'commands').replace('<slug:slug>', 'counter')}"
    if path in ("auth/introspect", "auth/revoke"):
        return program.client.post(address, "token=x", content_type="application/x-www-form-urlencoded")
    return program.client.generic(method, address, "{}", content_type="application/json")


def lacks_scope(answer):
    return answer.status_code == 403 and any(
        code in answer.content for code in (b"scope_missing", b"insufficient_scope")
    )


@pytest.mark.parametrize("scope", scopes.SCOPES)
def test_a_key_of_one_scope_does_what_this_scope_is_for_and_nothing_else(ada, scope):
    program = Program(ada, scope)

    answers = {(method, path): ask(program, method, path) for method, path in taken()}

    let_in = {what for what, answer in answers.items() if answer.status_code not in (401, 403)}
    refused = {what for what, answer in answers.items() if lacks_scope(answer)}
    meant = {what for what in answers if takes(*what) == scope}
    elsewhere = {("PATCH", "handlers/<str:name>/")}  # for staff, which no key is
    assert let_in == meant - elsewhere
    assert refused == set(answers) - meant
    assert {answer.status_code for answer in answers.values()} <= {200, 204, 400, 403, 404, 422}


def test_the_table_above_is_of_paths_that_there_are():
    there = set(taken())

    assert set(DECLARED) <= there
    assert {what for what in MANAGED if takes(*what) == "manage"} == MANAGED <= there
    assert {what for what in CLOSED if takes(*what) is None} == CLOSED <= there


def test_a_key_with_every_scope_does_not_touch_its_users_sign_in(ada):
    program = Program(ada, *scopes.SCOPES)

    for method, path in sorted(CLOSED):
        body = problem(ask(program, method, path), 403, "scope_missing")
        assert body["detail"] == "This takes a sign-in; no API key reaches it."
    assert ada.get("/api/v1/me").status_code == 200


def test_a_refusal_names_the_scope_that_would_do(ada, conversation):
    program = Program(ada, "read", "introspect")

    refused = program.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "Hello"})

    detail = problem(refused, 403, "scope_missing")["detail"]
    assert detail.startswith("This takes the scope `chat`; the key has `read`, `introspect`.")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_looking_at_a_path_takes_what_reading_it_takes(ada, method):
    assert Program(ada, "read").client.generic(method, "/api/v1/me").status_code == 200
    assert Program(ada, "chat").client.generic(method, "/api/v1/me").status_code == 403


def test_who_signed_in_needs_no_scope(ada):
    asked = [what for what in taken() if not what[1].startswith("auth/") or what[1] == "auth/introspect"]

    refused = [what for what in asked if lacks_scope(ask(ada, *what))]

    assert refused == [("POST", "auth/introspect")]


def test_scopes_do_not_lift_a_role(bob_as):
    bob = bob_as("viewer")
    program = Program(bob, "read", "chat")

    body = {"workspace": str(bob.workspace.id)}
    problem(program.post("/api/v1/conversations/", body), 403, "forbidden")


def test_a_demoted_users_key_manages_no_more(ada, bob_as):
    program = Program(bob_as("admin"), "manage")
    path = f"/api/v1/workspaces/{ada.workspace.id}/"
    before = program.patch(path, {"name": "Bob's lab"}).status_code

    bob_as("editor")

    assert before == 200
    problem(program.patch(path, {"name": "Mine"}), 403, "forbidden")


def test_without_manage_an_owners_key_is_no_more_than_an_editors(ada, conversation):
    path = f"/api/v1/conversations/{conversation.id}/messages/"
    program = Program(ada, "read", "chat")
    said = program.post(path, {"text": "hello"}).json()

    answer = program.post(f"/api/v1/messages/{said['message']}/retry", {"handler": "offline_responder"})

    problem(answer, 403, "forbidden")
    assert ada.get(f"/api/v1/runs/{said['run']}/").json()["decision"].keys() > (
        program.get(f"/api/v1/runs/{said['run']}/").json()["decision"].keys()
    )
