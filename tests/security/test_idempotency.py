"""The same creating request, sent twice with one key, creates once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contexts.models import Conversation
from security.erasure import erase
from security.models import IdempotencyRecord, Membership, Workspace
from tests.people import Person, make_people, make_user
from tests.problem import problem
from tests.threads import at_once

KEY = {"Idempotency-Key": "2026-11-22 first try"}
WORKSPACES, CONVERSATIONS = "/api/v1/workspaces/", "/api/v1/conversations/"
MALFORMED = ["", "x" * 256, "caf\u00e9", "tab\there", "\x7f"]


@pytest.fixture(params=["workspaces", "conversations", "members"])
def creation(request, ada):
    """A path that creates, two bodies for it, and a count of what it has made."""
    make_user("cyd"), make_user("dan")
    workspace = str(ada.workspace.id)
    return {
        "workspaces": (WORKSPACES, {"name": "Attic"}, {"name": "Barn"}, Workspace),
        "conversations": (
            CONVERSATIONS,
            {"workspace": workspace},
            {"workspace": workspace, "title": "B"},
            Conversation,
        ),
        "members": (
            f"{WORKSPACES}{workspace}/members/",
            {"username": "cyd", "role": "viewer"},
            {"username": "dan", "role": "viewer"},
            Membership,
        ),
    }[request.param]


def test_a_retry_gets_the_first_answer(ada, creation):
    path, body, _, model = creation
    first = ada.post(path, body, **KEY)
    made = model.objects.count()

    again = ada.post(path, body, **KEY)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert not first.has_header("Idempotency-Replayed")
    assert model.objects.count() == made


def test_the_same_key_with_another_body_is_refused(ada, creation):
    path, body, other, model = creation
    ada.post(path, body, **KEY)
    made = model.objects.count()

    refused = ada.post(path, other, **KEY)

    problem(refused, 422, "idempotency_key_reused")
    assert model.objects.count() == made


@pytest.mark.parametrize("key", MALFORMED)
def test_a_malformed_key_is_refused_before_anything_is_made(ada, creation, key):
    path, body, _, model = creation
    made = model.objects.count()

    refused = ada.post(path, body, **{"Idempotency-Key": key})

    problem(refused, 400, "malformed_idempotency_key")
    assert model.objects.count() == made


@pytest.mark.parametrize("key", [" ", "~", "x" * 255, '"quoted"'])
def test_every_printable_key_is_taken(ada, key):
    for replayed in (False, True):
        answer = ada.post(WORKSPACES, {"name": "Attic"}, **{"Idempotency-Key": key})
        assert (answer.status_code, answer.has_header("Idempotency-Replayed")) == (201, replayed)


def test_without_a_key_every_request_creates(ada):
    first, second = (ada.post(WORKSPACES, {"name": "Attic"}).json() for _ in range(2))

    assert first["id"] != second["id"]


def test_the_order_of_fields_does_not_make_another_body(ada):
    workspace = str(ada.workspace.id)
    ada.post(CONVERSATIONS, {"workspace": workspace, "title": "Plans"}, **KEY)

    again = ada.post(CONVERSATIONS, {"title": "Plans", "workspace": workspace}, **KEY)

    assert again["Idempotency-Replayed"] == "true"


def test_keys_of_two_people_are_two_keys(ada, bob):
    first = ada.post(WORKSPACES, {"name": "Attic"}, **KEY).json()

    second = bob.post(WORKSPACES, {"name": "Barn"}, **KEY)

    assert second.status_code == 201
    assert second.json()["id"] != first["id"]


def test_keys_of_two_paths_are_two_keys(ada):
    body = {"workspace": str(ada.workspace.id), "name": "Attic"}
    ada.post(WORKSPACES, body, **KEY)

    other = ada.post(CONVERSATIONS, body, **KEY)

    assert other.status_code == 201
    assert not other.has_header("Idempotency-Replayed")


def test_a_refused_request_does_not_spend_its_key(ada):
    path = f"{WORKSPACES}{ada.workspace.id}/members/"
    body = {"username": "cyd", "role": "viewer"}
    problem(ada.post(path, body, **KEY), 422, "unknown_user")
    make_user("cyd")

    answer = ada.post(path, body, **KEY)

    assert answer.status_code == 201
    assert not answer.has_header("Idempotency-Replayed")


def test_a_key_is_kept_for_a_day(ada):
    first = ada.post(WORKSPACES, {"name": "Attic"}, **KEY).json()
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

    again = ada.post(WORKSPACES, {"name": "Attic"}, **KEY)

    assert again.status_code == 201
    assert again.json()["id"] != first["id"]


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_with_one_key_create_once():
    ada = Person(make_people()["ada"])

    answers = at_once([lambda: ada.post(WORKSPACES, {"name": "Attic"}, **KEY)] * 8)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum(answer.has_header("Idempotency-Replayed") for answer in answers) == 7
    assert Workspace.objects.filter(name="Attic").count() == 1


def test_a_retry_after_the_erasure_of_who_asked_creates_nothing_and_quotes_nothing(ada, creation):
    path, body, _, model = creation
    first = ada.post(path, body, **KEY).json()
    made = model.objects.count()

    erase(ada.user.id)

    again = ada.post(path, body, **KEY)
    assert (again.status_code, again.json()) == (201, {"id": first["id"]})
    assert model.objects.count() == made
