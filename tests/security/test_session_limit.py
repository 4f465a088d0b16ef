"""A user has at most so many sessions at a time; the oldest gives way, and no race makes them more."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.utils import timezone

from project import bus
from security import sessions
from security.models import Session, User
from security.sessions import Device
from tests.people import PASSWORD, Person, make_people
from tests.problem import problem
from tests.threads import at_once

TOKEN = "/api/v1/auth/token"
MOST = 20


class Overtaken(MD5PasswordHasher):
    """While it checks a password, the user changes it."""

    algorithm = "overtaken"

    def verify(self, password, encoded):
        User.objects.filter(username="bob").update(password="!changed")
        return super().verify(password, encoded)


def sign_in(visitor, username="ada"):
    return visitor.post(TOKEN, {"username": username, "password": PASSWORD}, format="json")


def live(person):
    return Session.objects.live().filter(user=person.user)


def begin(person, count, kind="token"):
    return [sessions.begin(person.user, Device(f"{kind} {number}"), kind) for number in range(count)]


def test_the_session_after_the_last_one_ends_the_oldest(ada, bob, visitor, django_capture_on_commit_callbacks):
    begin(ada, MOST - 1)
    heard: list[str] = []
    bus.on("session", heard.append)

    with django_capture_on_commit_callbacks(execute=True):
        answer = sign_in(visitor)

    ada.session.refresh_from_db()
    assert ada.session.end_reason == "limit"
    assert live(ada).count() == MOST
    assert live(ada).filter(id=answer.json()["session"]).exists()
    assert live(bob).count() == 1
    assert str(ada.session.id) in heard
    problem(ada.get("/api/v1/me"), 401, "session_ended")


def test_up_to_the_limit_nobody_is_sent_away(ada, visitor):
    begin(ada, MOST - 2)

    sign_in(visitor)

    assert live(ada).count() == MOST
    assert ada.get("/api/v1/me").status_code == 200


def test_a_sign_in_to_the_admin_counts_and_a_key_does_not(ada):
    begin(ada, 5, "key")
    begin(ada, MOST - 1)

    begin(ada, 1, "admin")

    ada.session.refresh_from_db()
    assert ada.session.end_reason == "limit"
    assert live(ada).filter(kind="key").count() == 5
    assert live(ada).exclude(kind="key").count() == MOST


def test_sessions_that_are_over_hold_no_place(ada):
    idle = [session.id for session in begin(ada, MOST - 1)]
    Session.objects.filter(id__in=idle).update(idle_until=timezone.now() - timedelta(seconds=1))

    begin(ada, MOST - 1)

    assert live(ada).count() == MOST
    assert not Session.objects.filter(end_reason="limit").exists()


def test_the_limit_is_a_setting(ada, settings):
    settings.SESSIONS_PER_USER = 0
    begin(ada, MOST + 5)
    assert live(ada).count() == MOST + 6

    settings.SESSIONS_PER_USER = 1
    (last,) = begin(ada, 1)

    assert list(live(ada)) == [last]


def test_a_password_changed_while_it_was_checked_lets_nobody_in(bob, visitor, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Overtaken"]
    User.objects.filter(id=bob.user.id).update(password=make_password(PASSWORD))

    answer = sign_in(visitor, "bob")

    problem(answer, 401, "wrong_credentials")
    assert list(live(bob)) == [bob.session]


@pytest.mark.django_db(transaction=True)
def test_thirty_sign_ins_at_once_leave_as_many_as_may_be():
    ada = Person(make_people()["ada"])

    begun = at_once([lambda: sessions.begin(ada.user, Device("race"))] * 30)

    assert live(ada).count() == MOST
    assert live(ada).filter(id__in=[session.id for session in begun]).count() == MOST
