"""The admin's sign-in is a Session like any other, and ends like any other."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from security import sessions, tokens
from security.models import Session, User
from security.sessions import SessionEnded, WrongCredentials
from tests.people import PASSWORD

LOGIN, LOGOUT, INDEX = "/admin/login/", "/admin/logout/", "/admin/"


@pytest.fixture
def desk(client, people):
    """A browser in which ada has signed in to the admin."""
    client.post(LOGIN, {"username": "ada", "password": PASSWORD}, headers={"User-Agent": "Desk 1"})
    return client


@pytest.fixture
def session(desk):
    return Session.objects.get(kind="admin")


def is_signed_out(page):
    return page.status_code == 302 and page["Location"].startswith(LOGIN)


def test_signing_in_makes_a_session_row(desk, session):
    assert (session.user.username, session.user_agent, session.address) == ("ada", "Desk 1", "127.0.0.0/24")
    assert desk.get(INDEX).status_code == 200


def test_a_wrong_password_makes_none(client, people):
    client.post(LOGIN, {"username": "ada", "password": "guess"})

    assert not Session.objects.filter(kind="admin").exists()
    assert is_signed_out(client.get(INDEX))


@pytest.mark.parametrize("hasher", ["BusyHasher", "Deactivating"])
def test_who_is_changed_while_signing_in_is_refused(client, ada, settings, hasher):
    settings.PASSWORD_HASHERS = [f"tests.security.busy_hasher.{hasher}"]
    User.objects.filter(id=ada.user.id).update(password="busy$" + PASSWORD)

    page = client.post(LOGIN, {"username": "ada", "password": PASSWORD})

    assert is_signed_out(page)
    assert WrongCredentials.title in client.get(page["Location"]).content.decode()
    assert not Session.objects.filter(kind="admin").exists()
    User.objects.filter(id=ada.user.id).update(is_active=True, password="busy$" + PASSWORD)
    assert is_signed_out(client.get(INDEX))


@pytest.mark.parametrize("hasher", ["BusyHasher", "Deactivating"])
def test_who_is_changed_while_giving_the_password_again_is_signed_out(client, ada, settings, hasher):
    settings.PASSWORD_HASHERS = [f"tests.security.busy_hasher.{hasher}"]
    User.objects.filter(id=ada.user.id).update(password="busy$" + PASSWORD)
    client.force_login(User.objects.get(id=ada.user.id))
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.filter(kind="admin").update(authenticated_at=long_ago)

    client.post(f"{LOGIN}?again=1", {"username": "ada", "password": PASSWORD})

    assert Session.objects.get(kind="admin").authenticated_at == long_ago
    assert is_signed_out(client.get(INDEX))


def test_who_is_no_staff_stays_outside(client, people):
    client.post(LOGIN, {"username": "bob", "password": PASSWORD})

    assert is_signed_out(client.get(INDEX))


def test_signing_out_ends_the_row(desk, session):
    desk.post(LOGOUT)

    session.refresh_from_db()
    assert session.end_reason == "logout"
    assert is_signed_out(desk.get(INDEX))


def test_a_session_that_was_ended_opens_no_further_page(desk, session):
    sessions.end(Session.objects.filter(id=session.id), "admin")

    page = desk.get(INDEX)

    assert is_signed_out(page)


@pytest.mark.parametrize("field", ["idle_until", "expires_at"])
def test_a_session_whose_time_is_over_opens_no_further_page(desk, session, field):
    Session.objects.filter(id=session.id).update(**{field: timezone.now() - timedelta(seconds=1)})

    page = desk.get(INDEX)

    assert is_signed_out(page)


def test_a_deactivated_member_of_staff_is_outside_at_once(desk, session):
    User.objects.filter(username="ada").update(is_active=False)

    page = desk.get(INDEX)

    assert is_signed_out(page)


def test_a_cookie_that_names_the_session_of_somebody_else_opens_nothing(desk, session, people):
    cookie = desk.session
    cookie["sid"] = str(people["bob"].session.id)
    cookie.save()

    page = desk.get(INDEX)

    assert is_signed_out(page)


def test_a_cookie_without_a_session_opens_nothing(desk, session):
    cookie = desk.session
    del cookie["sid"]
    cookie.save()

    page = desk.get(INDEX)

    assert is_signed_out(page)


def test_the_admins_cookie_is_no_way_into_the_api(desk):
    assert desk.get("/api/v1/me").status_code == 401


def test_use_keeps_the_session_from_falling_idle(desk, session):
    long_ago = timezone.now() - timedelta(minutes=5)
    soon = timezone.now() + timedelta(seconds=30)
    Session.objects.filter(id=session.id).update(last_used_at=long_ago, idle_until=soon)

    desk.get(INDEX)

    session.refresh_from_db()
    assert session.last_used_at > long_ago
    assert session.idle_until > soon


def test_a_page_reads_whose_it_is_once(desk, session):
    with CaptureQueriesContext(connection) as queries:
        desk.get(INDEX)

    assert len([query for query in queries if 'FROM "security_user" WHERE "security_user"."id"' in query["sql"]]) == 1


def test_signing_out_of_the_admin_leaves_the_other_sessions_alone(desk, people):
    desk.post(LOGOUT)

    assert people["ada"].get("/api/v1/me").status_code == 200


def test_no_access_token_of_an_ended_staff_session_is_taken(desk, session):
    access = tokens.issue_access(session)
    desk.post(LOGOUT)

    with pytest.raises(SessionEnded):
        sessions.identify(access)
