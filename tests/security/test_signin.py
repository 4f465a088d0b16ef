"""Signing in with username and password."""

import pytest

from security.models import Session, User
from tests.people import PASSWORD
from tests.problem import problem, refusal

SIGN_IN = "/api/v1/auth/token"


def test_the_right_password_gives_tokens_that_work(visitor):
    answer = visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD}).json()

    me = visitor.get("/api/v1/me", headers={"Authorization": f"Bearer {answer['access']}"}).json()
    assert me["user"]["username"] == "ada"
    assert me["session"]["id"] == answer["session"]
    assert visitor.post("/api/v1/auth/refresh", {"refresh": answer["refresh"]}).status_code == 200


def test_me_names_the_workspaces_with_the_own_role(bob):
    me = bob.get("/api/v1/me").json()

    assert [(workspace["name"], workspace["role"]) for workspace in me["workspaces"]] == [("Lab", "editor")]


def test_each_sign_in_is_a_session_of_its_own_that_remembers_its_device(visitor, ada):
    body = {"username": "ada", "password": PASSWORD, "device": "phone"}

    answers = [visitor.post(SIGN_IN, body, headers={"User-Agent": "Pocket 1"}).json() for _ in range(2)]

    sessions = Session.objects.filter(user=ada.user, device="phone")
    assert {str(session.id) for session in sessions} == {answer["session"] for answer in answers}
    assert {(session.user_agent, session.address) for session in sessions} == {("Pocket 1", "127.0.0.0/24")}


def test_tokens_are_not_kept_by_caches_on_the_way(visitor):
    answer = visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD})

    assert answer["Cache-Control"] == "no-store"


def test_unknown_wrong_and_inactive_are_told_the_same(visitor):
    User.objects.filter(username="bob").update(is_active=False)

    unknown = visitor.post(SIGN_IN, {"username": "nobody", "password": PASSWORD})
    wrong = visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD + "!"})
    inactive = visitor.post(SIGN_IN, {"username": "bob", "password": PASSWORD})

    problem(unknown, 401, "wrong_credentials")
    assert refusal(unknown) == refusal(wrong) == refusal(inactive)


def test_a_password_is_taken_to_the_letter(visitor):
    padded = visitor.post(SIGN_IN, {"username": "ada", "password": f" {PASSWORD} "})

    problem(padded, 401, "wrong_credentials")


def test_missing_fields_are_named(visitor):
    body = problem(visitor.post(SIGN_IN, {"device": "phone"}), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == ["/username", "/password"]


@pytest.mark.parametrize("field", ["username", "password", "device"])
def test_a_field_that_is_no_text_is_refused(visitor, field):
    body = {"username": "ada", "password": PASSWORD, "device": "phone"} | {field: {"$ne": ""}}

    errors = problem(visitor.post(SIGN_IN, body), 422, "invalid")["errors"]

    assert [error["pointer"] for error in errors] == [f"/{field}"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YWRhOmFkYQ=="])
def test_without_a_token_the_answer_says_how_to_sign_in(visitor, header):
    answer = visitor.get("/api/v1/me", headers={"Authorization": header})

    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="switchboard"'


def test_the_scheme_of_a_token_is_read_in_any_case(visitor, ada):
    answer = visitor.get("/api/v1/me", headers={"Authorization": f"bearer {ada.token}"})

    assert answer.status_code == 200
