"""Changing a password: what it takes, what it ends, and that no way to do it misses that."""

from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from project import bus
from security import sessions
from security.models import FailedSignIn, Session, User
from security.scopes import SCOPES
from security.sessions import Device
from tests.people import PASSWORD, Person, make_people
from tests.problem import problem
from tests.programs import Program
from tests.threads import at_once

CHANGE, SIGN_IN = "/api/v1/auth/password", "/api/v1/auth/token"
NEW = "staple battery horse correct"


def begin(person, kind="token"):
    return sessions.begin(person.user, Device("other"), kind=kind)


def change(person, current=PASSWORD, new=NEW):
    return person.post(CHANGE, {"current": current, "new": new})


def change_at_the_desk(browser, current=PASSWORD):
    fields = {"old_password": current, "new_password1": NEW, "new_password2": NEW}
    return browser.post(reverse("admin:password_change"), fields)


def ends(*rows):
    return list(Session.objects.filter(id__in=[row.id for row in rows]).order_by("id").values_list("end_reason"))


def password_of(username):
    return User.objects.get(username=username).password


def test_the_new_password_signs_in_and_the_old_one_does_not(ada, visitor):
    assert change(ada).status_code == 204

    tried = [visitor.post(SIGN_IN, {"username": "ada", "password": given}) for given in (PASSWORD, NEW)]
    assert [answer.status_code for answer in tried] == [401, 200]


def test_it_ends_the_other_sessions_and_spares_this_one_the_keys_and_other_people(
    ada, bob, django_capture_on_commit_callbacks
):
    phone, desk, key = begin(ada), begin(ada, "admin"), begin(ada, "key")
    heard: list[str] = []
    bus.on("session", heard.append)

    with django_capture_on_commit_callbacks(execute=True):
        change(ada)

    assert ends(phone, desk) == [("password_changed",)] * 2
    assert ends(ada.session, key, bob.session) == [("",)] * 3
    assert set(heard) == {str(phone.id), str(desk.id)}
    assert ada.get("/api/v1/me").status_code == 200


def test_it_takes_the_current_password(ada):
    phone, before = begin(ada), password_of("ada")

    body = problem(change(ada, current="guess"), 403, "wrong_password")

    assert [error["pointer"] for error in body["errors"]] == ["/current"]
    assert password_of("ada") == before
    assert ends(phone) == [("",)]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "password_too_short"),
        ("1234567890", "password_too_common"),
        ("Password-2026!", "password_too_common"),
        ("..sunshine..", "password_too_common"),
        ("ada.lovelace", "password_too_similar"),
        ("x" * 1001, "max_length"),
        ("x" * 1_000_000, "max_length"),
        ("", "blank"),
        (None, "null"),
    ],
)
def test_a_new_password_that_will_not_do_is_refused_with_the_reason(ada, new, code):
    User.objects.filter(id=ada.user.id).update(first_name="Ada", last_name="Lovelace", email="ada.lovelace@example.com")
    before = password_of("ada")

    answer = change(ada, new=new)

    body = problem(answer, 422, "invalid" if code in ("max_length", "blank", "null") else "password_refused")
    assert [(error["pointer"], error["code"]) for error in body["errors"]] == [("/new", code)]
    assert password_of("ada") == before


@pytest.mark.parametrize("new", ["x" * 128, "только буквы", " spaces at both ends ", "correct horse battery staples"])
def test_any_long_password_will_do_to_the_letter(ada, visitor, new):
    assert change(ada, new=new).status_code == 204

    assert visitor.post(SIGN_IN, {"username": "ada", "password": new}).status_code == 200


@pytest.mark.parametrize("path", [SIGN_IN, "/api/v1/auth/fresh"])
def test_an_endless_password_is_refused_unread(ada, path):
    answer = ada.post(path, {"username": "ada", "password": "x" * 1_000_000})

    assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/password"


def test_an_endless_password_is_refused_by_the_admin_unread(client, people):
    page = client.post("/admin/login/", {"username": "ada", "password": "x" * 1_000_000})

    assert "at most 1000 characters" in page.content.decode()


def test_guesses_in_a_session_are_limited_wherever_they_come_from(ada, settings):
    settings.LIMITS = settings.LIMITS | {"confirm": (2, timedelta(minutes=15))}
    body = {"current": "guess", "new": NEW}

    tried = [ada.client.post(CHANGE, body, REMOTE_ADDR=f"192.0.{n}.1").status_code for n in range(3)]

    assert tried == [403, 403, 429]
    problem(change(ada), 429, "rate_limited")
    assert Person(ada.user).post(CHANGE, {"current": PASSWORD, "new": NEW}).status_code == 204


def test_guesses_in_a_session_count_towards_the_lockout(ada, visitor, settings):
    settings.LIMITS = settings.LIMITS | {"lockout": (2, timedelta(minutes=15))}

    assert [change(ada, current="guess").status_code for _ in range(3)] == [403, 403, 429]
    assert visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD}).status_code == 429


def test_an_api_key_changes_no_password(ada):
    problem(change(Program(ada, *SCOPES)), 403, "scope_missing")


@pytest.mark.parametrize("usable", ["true", "false"])
def test_staff_who_set_a_password_or_take_it_end_all_sessions_of_the_user_and_none_else(client, ada, bob, usable):
    client.force_login(ada.user)
    phone, key = begin(bob), begin(bob, "key")
    fields = {"password1": NEW, "password2": NEW, "usable_password": usable, "unset-password": "1"}

    client.post(reverse("admin:auth_user_password_change", args=[bob.user.id]), fields)

    assert ends(bob.session, phone, key) == [("password_changed",)] * 3
    assert ada.get("/api/v1/me").status_code == 200


def test_an_own_password_changed_in_the_admin_spares_that_session_alone(client, ada):
    client.force_login(ada.user)

    change_at_the_desk(client)

    assert ends(ada.session) == [("password_changed",)]
    assert client.get(reverse("admin:index")).status_code == 200


def test_guesses_at_the_admins_page_for_the_own_password_are_limited(client, ada, settings):
    settings.LIMITS = settings.LIMITS | {"confirm": (1, timedelta(minutes=15))}
    client.force_login(ada.user)

    assert [change_at_the_desk(client, "guess").status_code for _ in range(2)] == [200, 429]


def test_guesses_at_the_admins_page_count_towards_the_lockout_and_are_listed(client, ada, visitor, settings):
    settings.LIMITS = settings.LIMITS | {"lockout": (2, timedelta(minutes=15))}
    client.force_login(ada.user)

    assert [change_at_the_desk(client, "guess").status_code for _ in range(3)] == [200, 200, 429]
    assert visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD}).status_code == 429
    assert FailedSignIn.objects.get().failures_since_start == 2


def test_an_endless_password_is_refused_unread_by_the_admins_page_for_the_own(client, ada):
    client.force_login(ada.user)

    page = change_at_the_desk(client, "x" * 1_000_000)

    assert "A password has at most 1000 characters." in page.content.decode()
    assert not FailedSignIn.objects.exists()


@pytest.mark.parametrize("hasher", ["BusyHasher", "Deactivating"])
def test_what_staff_did_while_somebody_changed_their_password_in_the_admin_stands(client, ada, settings, hasher):
    settings.PASSWORD_HASHERS = [f"tests.security.busy_hasher.{hasher}"]
    User.objects.filter(id=ada.user.id).update(password="busy$" + PASSWORD)
    client.force_login(User.objects.get(id=ada.user.id))

    page = change_at_the_desk(client)

    kept = User.objects.get(id=ada.user.id)
    assert page.status_code == 409
    assert (kept.password, kept.is_active) in [("set meanwhile", True), ("busy$" + PASSWORD, False)]


def test_the_command_that_changes_a_password_ends_all_sessions(ada, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)

    call_command("changepassword", "ada", stdout=StringIO())

    assert ends(ada.session) == [("password_changed",)]


def test_code_that_sets_a_password_ends_all_sessions(ada, bob):
    ada.user.set_password(NEW)
    ada.user.save()

    assert ends(ada.session, bob.session) == [("password_changed",), ("",)]


def test_a_hash_that_is_only_renewed_ends_nothing(ada, visitor):
    User.objects.filter(id=ada.user.id).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000))

    assert visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD}).status_code == 200

    assert password_of("ada").startswith("argon2")
    assert ends(ada.session) == [("",)]


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_the_same_moment_one_stands():
    ada = Person(make_people()["ada"])
    wanted = [f"{NEW} {number}" for number in range(4)]

    answers = at_once([partial(change, ada, new=new) for new in wanted])

    done = [new for new, answer in zip(wanted, answers, strict=True) if answer.status_code == 204]
    assert len(done) == 1
    assert {answer.status_code for answer in answers} <= {204, 403, 409}
    assert User.objects.get(username="ada").check_password(done[0])


def test_a_password_staff_set_meanwhile_stands(ada, settings):
    """Who knows the old one, and is changing it, comes too late."""
    settings.PASSWORD_HASHERS = ["tests.security.busy_hasher.BusyHasher"]
    User.objects.filter(id=ada.user.id).update(password="busy$" + PASSWORD)

    problem(change(ada), 409, "password_changed_meanwhile")

    assert password_of("ada") == "set meanwhile"


def test_the_session_in_which_it_was_changed_is_fresh(ada):
    Session.objects.filter(id=ada.session.id).update(authenticated_at=timezone.now() - timedelta(hours=1))

    change(ada)

    ada.session.refresh_from_db()
    assert ada.session.authenticated_at > timezone.now() - timedelta(minutes=1)
