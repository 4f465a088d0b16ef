"""Served below a path prefix (`SCRIPT_NAME`, an ASGI server's `root_path`), the same doors are closed."""

from typing import Any

from django.test import Client
from django.utils import timezone

from security import scopes
from security.models import Session
from tests.people import PASSWORD, Person
from tests.problem import problem
from tests.programs import Program

PREFIX = "/switchboard"


def test_a_key_with_every_scope_does_not_touch_its_users_sign_in(ada: Person) -> None:
    program = Program(ada, *scopes.SCOPES)

    for path in ("/api/v1/auth/keys", "/api/v1/auth/sessions"):
        problem(program.client.get(path, SCRIPT_NAME=PREFIX), 403, "scope_missing")
    ended = program.client.delete(f"/api/v1/auth/sessions/{ada.session.id}", SCRIPT_NAME=PREFIX)

    problem(ended, 403, "scope_missing")
    assert ada.get("/api/v1/me").status_code == 200


def test_an_ended_session_opens_no_page_of_the_admin(client: Client, people: Any) -> None:
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    before = client.get("/admin/", SCRIPT_NAME=PREFIX).status_code
    Session.objects.filter(kind="admin").update(ended_at=timezone.now())

    page = client.get("/admin/", SCRIPT_NAME=PREFIX)

    assert (before, page.status_code) == (200, 302)
    assert page["Location"].startswith("/admin/login/")


def test_pages_have_their_own_policies_and_the_api_its_problems(client: Client, people: Any) -> None:
    for path in ("/admin/login/", "/api/v1/docs"):
        above = client.get(path)["Content-Security-Policy"]
        assert client.get(path, SCRIPT_NAME=PREFIX)["Content-Security-Policy"] == above

    problem(client.get("/api/v1/nowhere", SCRIPT_NAME=PREFIX), 404, "not_found")
