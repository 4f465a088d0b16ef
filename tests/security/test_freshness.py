"""What cannot be undone takes a password given just now."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from security.freshness import FreshAuthenticationRequired, require_fresh
from security.models import Membership, Session
from security.scopes import SCOPES
from tests import admin_rows
from tests.people import PASSWORD
from tests.problem import problem
from tests.programs import Program

FRESH = "/api/v1/auth/fresh"
MINUTES = timedelta(minutes=1)


def given_ago(session_id, ago):
    Session.objects.filter(id=session_id).update(authenticated_at=timezone.now() - ago)


def is_fresh(session):
    try:
        require_fresh(session)
    except FreshAuthenticationRequired:
        return False
    return True


@pytest.mark.parametrize(("ago", "fresh"), [(0, True), (4.9, True), (5.1, False), (600, False)])
def test_a_password_is_fresh_for_five_minutes(ada, ago, fresh):
    given_ago(ada.session.id, ago * MINUTES)

    assert is_fresh(ada.session) is fresh


@pytest.mark.parametrize("field", ["ended_at", "expires_at", "idle_until"])
def test_a_session_that_is_over_is_not_fresh(ada, field):
    Session.objects.filter(id=ada.session.id).update(**{field: timezone.now()})

    assert not is_fresh(ada.session)


def test_who_is_refused_is_told_where_to_give_it(ada):
    given_ago(ada.session.id, 6 * MINUTES)

    with pytest.raises(FreshAuthenticationRequired, match="Send the password to POST /api/v1/auth/fresh") as refusal:
        require_fresh(ada.session)

    assert (refusal.value.status, refusal.value.code) == (403, "fresh_authentication_required")


def test_giving_the_password_makes_the_session_fresh_and_no_other(ada, bob):
    for person in (ada, bob):
        given_ago(person.session.id, 6 * MINUTES)

    answer = ada.post(FRESH, {"password": PASSWORD})

    assert answer.status_code == 200
    until = datetime.fromisoformat(answer.json()["fresh_until"])
    assert timedelta(minutes=4) < until - timezone.now() <= timedelta(minutes=5)
    assert (is_fresh(ada.session), is_fresh(bob.session)) == (True, False)


@pytest.mark.parametrize("password", ["guess", "", PASSWORD + " "])
def test_a_wrong_one_makes_nothing_fresh_and_leaves_the_session_good(ada, password):
    given_ago(ada.session.id, 6 * MINUTES)

    answer = ada.post(FRESH, {"password": password})

    body = problem(answer, *((403, "wrong_password") if password else (422, "invalid")))
    assert [error["pointer"] for error in body["errors"]] == ["/password"]
    assert not is_fresh(ada.session)
    assert ada.get("/api/v1/me").status_code == 200


def test_the_password_of_somebody_else_is_a_wrong_one(ada, bob):
    bob.user.set_password("bob has another password")
    bob.user.save()

    problem(ada.post(FRESH, {"password": "bob has another password"}), 403, "wrong_password")


def test_exchanging_tokens_makes_nothing_fresh(ada):
    given_ago(ada.session.id, 6 * MINUTES)
    tokens = ada.client.post("/api/v1/auth/token", {"username": "ada", "password": PASSWORD}).json()
    given_ago(tokens["session"], 6 * MINUTES)

    ada.post("/api/v1/auth/refresh", {"refresh": tokens["refresh"]})

    assert not is_fresh(Session.objects.get(id=tokens["session"]))


def test_an_api_key_is_never_fresh(ada):
    program = Program(ada, *SCOPES)

    assert not is_fresh(program.session)
    problem(program.post(FRESH, {"password": PASSWORD}), 403, "scope_missing")


def test_without_a_session_no_password_is_looked_at(visitor):
    problem(visitor.post(FRESH, {"password": PASSWORD}), 401, "not_authenticated")


@pytest.fixture
def desk(client, ada):
    """A browser in which ada signed in to the admin a while ago."""
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    given_ago(client.session["sid"], 6 * MINUTES)
    return client


def irreversible(bob):
    membership = Membership.objects.get(user=bob.user)
    rows = reverse("admin:security_membership_changelist")
    chosen = {"_selected_action": [str(membership.id)], "post": "yes"}
    return {
        "delete": (reverse("admin:security_membership_delete", args=[membership.id]), {"post": "yes"}),
        "action": (rows, {"action": "delete_selected", **chosen}),
        "forgetting": (
            reverse("admin:security_user_changelist"),
            {"action": "forget", "_selected_action": [str(bob.user.id)], "sure": "yes"},
        ),
        "first action": (rows, {"action": ["delete_selected", ""], "index": "0", **chosen}),
        "password": (
            reverse("admin:auth_user_password_change", args=[bob.user.id]),
            {"usable_password": "false", "unset-password": "1"},
        ),
    }


@pytest.mark.parametrize("what", ["delete", "action", "first action", "password"])
def test_staff_give_their_password_again_before_what_cannot_be_undone(desk, bob, what):
    address, fields = irreversible(bob)[what]
    sid = desk.session["sid"]

    sent = desk.post(address, fields)

    assert sent.status_code == 302
    bob.user.refresh_from_db()
    assert Membership.objects.filter(user=bob.user).exists()
    assert bob.user.has_usable_password()
    page = desk.get(sent["Location"])
    assert "Give your password once more" in page.content.decode()
    back = desk.post(sent["Location"], {"username": "ada", "password": PASSWORD})
    assert (back.status_code, back["Location"]) == (302, address)
    assert desk.session["sid"] == sid
    desk.post(address, fields)
    bob.user.refresh_from_db()
    assert not (Membership.objects.filter(user=bob.user).exists() and bob.user.has_usable_password())


@pytest.mark.parametrize("what", ["delete", "password"])
def test_the_page_that_asks_whether_to_is_behind_it_too(desk, bob, what):
    assert desk.get(irreversible(bob)[what][0])["Location"].startswith("/admin/login/?again=1")


def test_a_wrong_password_lets_nobody_on(desk, bob):
    address, fields = irreversible(bob)["delete"]
    desk.post(desk.post(address, fields)["Location"], {"username": "ada", "password": "guess"})

    assert desk.post(address, fields)["Location"].startswith("/admin/login/?again=1")
    assert Membership.objects.filter(user=bob.user).exists()


def test_staff_who_just_signed_in_go_straight_on(client, ada, bob):
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    address, fields = irreversible(bob)["delete"]

    client.post(address, fields)

    assert not Membership.objects.filter(user=bob.user).exists()


def test_what_can_be_undone_asks_for_nothing(desk, ada):
    route = admin_rows.route(ada.workspace)

    assert desk.get(reverse("admin:dispatch_route_change", args=[route.id])).status_code == 200
    assert desk.get(reverse("admin:index")).status_code == 200
