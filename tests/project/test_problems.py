"""Every refusal below /api/ has the form of RFC 9457, whoever refused."""

import json

import pytest
from rest_framework.test import APIClient

from tests.problem import FIELDS, problem

ME, WORKSPACES = "/api/v1/me", "/api/v1/workspaces/"


@pytest.fixture
def visitor(db):
    return APIClient(raise_request_exception=False)


@pytest.fixture
def broken(visitor, settings):
    """A visitor of an installation in which some paths break."""
    settings.ROOT_URLCONF = "tests.project.broken_urls"
    return visitor


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing", "/api/v1/conversations", f"{ME}/", "/api/v1/runs/7/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_path_that_does_not_exist_is_a_404(visitor, path, method):
    problem(getattr(visitor, method)(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("put", ME, {"GET", "PATCH"}),
        ("delete", WORKSPACES, {"GET", "POST"}),
        ("get", "/api/v1/auth/token", {"POST"}),
        ("post", "/api/v1/handlers/", {"GET"}),
    ],
)
def test_a_method_that_is_not_taken_is_told_which_are(ada, method, path, allowed):
    answer = getattr(ada.client, method)(path)

    problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.parametrize("type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"])
def test_a_body_that_is_not_json_is_a_415(ada, type):
    answer = ada.client.post(WORKSPACES, b'{"name": "Attic"}', content_type=type)

    problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_an_answer_in_another_form_is_a_406(ada, accept):
    problem(ada.get(ME, Accept=accept), 406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1"])
def test_json_is_given_to_everybody_who_takes_it(ada, accept):
    answer = ada.get(ME, Accept=accept)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_each_field_that_is_wrong_is_pointed_at(ada):
    body = {"workspace": "lab", "title": "x" * 201, "policy": "none"}

    errors = problem(ada.post("/api/v1/conversations/", body), 422, "invalid")["errors"]

    assert {error["pointer"] for error in errors} == {"/workspace", "/title", "/policy"}
    assert all(set(error) == {"pointer", "code", "detail"} and all(error.values()) for error in errors)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"text": "x", "a/b": 1}, ["/a~1b"]),
        ({"text": "x", "m~n": 1}, ["/m~0n"]),
        ({"text": "x", "message": 1, "code": 2}, ["/code", "/message"]),
        ({"text": ["x"]}, ["/text"]),
        ({"parts": [{"type": "data", "data": 1}, 7]}, ["/parts"]),
        ({"parts": "x"}, ["/parts"]),
        ({"metadata": 7}, ["/metadata"]),
        ({"reply_to": "x"}, ["/reply_to"]),
    ],
)
def test_pointers_are_those_of_rfc_6901(ada, conversation, body, pointers):
    answer = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", body)

    assert sorted(error["pointer"] for error in problem(answer, 422, "invalid")["errors"]) == pointers


def test_an_error_of_the_whole_body_points_at_the_whole(ada):
    body = problem(ada.post(WORKSPACES, []), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == [""]


def test_a_view_that_raises_is_a_500_that_tells_nothing(broken):
    answer = broken.get("/api/v1/broken")

    problem(answer, 500, "internal_error")
    assert "secret" not in answer.content.decode()


def test_an_answer_that_cannot_be_written_is_a_500(broken):
    problem(broken.post("/api/v1/broken"), 500, "internal_error")


def test_a_database_that_is_away_is_a_503_that_tells_nothing(broken):
    answer = broken.get("/api/v1/outage")

    problem(answer, 503, "unavailable")
    assert answer["Retry-After"] == "1"
    assert "secret" not in answer.content.decode()


def test_outside_the_api_people_get_a_page(broken):
    for path, status in (("/broken", 500), ("/nothing", 404)):
        answer = broken.get(path, headers={"X-Request-ID": "page-7"})
        assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert "secret" not in answer.content.decode()
        assert answer["X-Request-ID"] == "page-7"


@pytest.mark.parametrize("offered", ["7", "a.b:c/d+e=f@g-h_i", "x" * 128])
def test_a_well_formed_request_id_is_kept(visitor, offered):
    answer = visitor.get(ME, headers={"X-Request-ID": offered})

    assert answer["X-Request-ID"] == answer.json()["request_id"] == offered


@pytest.mark.parametrize("offered", ["", " ", "x" * 129, "a b", "a;b", "caf\u00e9", "<script>", "a\x1b[31m"])
def test_any_other_request_id_is_replaced(visitor, offered):
    answers = [visitor.get(ME, headers={"X-Request-ID": offered}) for _ in range(2)]

    ids = {problem(answer, 401, "not_authenticated")["request_id"] for answer in answers}
    assert len(ids) == 2
    assert offered not in ids


def test_answers_that_are_no_refusals_carry_the_request_id_too(ada):
    assert ada.get(ME, **{"X-Request-ID": "mine"})["X-Request-ID"] == "mine"


def test_the_request_id_is_on_the_events_it_caused(ada):
    ada.post("/api/v1/conversations/", {"workspace": str(ada.workspace.id)}, **{"X-Request-ID": "mine"})

    events = ada.get(f"/api/v1/workspaces/{ada.workspace.id}/events/").json()["results"]

    assert events[-1]["request_id"] == "mine"


def test_a_body_of_ten_megabytes_is_a_413_before_it_is_read_as_json(live_ada):
    body = json.dumps({"name": "x" * 10_000_000})
    headers = {"Content-Type": "application/json", "X-Request-ID": "large"}

    answer = live_ada.http.post(WORKSPACES, content=body, headers=headers)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["request_id"]) == ("too_large", "large")
    assert answer.headers["x-request-id"] == "large"
    assert set(answer.json()) == FIELDS


def test_a_body_of_unknown_length_is_counted_as_it_comes(live_ada):
    pieces = (b"x" * 65_536 for _ in range(40))

    answer = live_ada.http.post(WORKSPACES, content=pieces, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
