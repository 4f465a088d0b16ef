"""`manage.py demo` makes somebody to sign in as, and never in production."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from security.models import Membership, User, Workspace


@pytest.fixture
def development(settings, db):
    settings.PRODUCTION = False


def demo():
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def shown_password(output):
    found = re.search(r"the password is (\S+)", output)
    assert found, output
    return found[1]


def may_sign_in(username, password):
    answer = APIClient().post("/api/v1/auth/token", {"username": username, "password": password})
    return answer.status_code == 200


def test_ada_and_bob_sign_in_with_the_password_shown(development):
    password = shown_password(demo())

    assert may_sign_in("ada", password)
    assert may_sign_in("bob", password)


def test_ada_owns_the_workspace_and_bob_edits_in_it(development):
    demo()

    assert {(m.user.username, m.workspace.name, m.role) for m in Membership.objects.all()} == {
        ("ada", "Demo", "owner"),
        ("bob", "Demo", "editor"),
    }


def test_only_ada_may_enter_the_admin(development):
    demo()

    assert {user.username: (user.is_staff, user.is_superuser) for user in User.objects.all()} == {
        "ada": (True, True),
        "bob": (False, False),
    }


def test_a_second_run_keeps_passwords_and_makes_nothing_twice(development):
    password = shown_password(demo())

    again = demo()

    assert may_sign_in("ada", password)
    assert "the password is" not in again
    assert "DEMO_PASSWORD" in again
    assert (User.objects.count(), Workspace.objects.count(), Membership.objects.count()) == (2, 1, 2)


def test_a_given_password_is_taken_and_not_printed(development, monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "given in the environment")

    output = demo()

    assert may_sign_in("bob", "given in the environment")
    assert "given in the environment" not in output


def test_a_given_password_replaces_an_older_one(development, monkeypatch):
    old = shown_password(demo())
    monkeypatch.setenv("DEMO_PASSWORD", "given in the environment")

    demo()

    assert may_sign_in("ada", "given in the environment")
    assert not may_sign_in("ada", old)


def test_two_installations_have_two_passwords(development):
    first = shown_password(demo())
    User.objects.all().delete()
    Workspace.objects.all().delete()

    assert shown_password(demo()) != first


def test_production_refuses_demo_users(settings, db):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="development only"):
        demo()

    assert not User.objects.exists()
