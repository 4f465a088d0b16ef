"""No key outlives the end of all that its user has: who makes one meanwhile is done before it, or comes too late."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from security import keyring, sessions
from security.keyring import Wish
from security.models import ApiKey, Session, User
from security.recent import recent
from security.sessions import SessionEnded
from tests.people import Person
from tests.problem import problem
from tests.threads import at_once

KEYS = "/api/v1/auth/keys"
STAFF = {"kind": "staff", "id": "officer"}
ROUNDS = 8  # of a race that is lost now and then


def make(person: Person) -> Any:
    return person.post(KEYS, {"name": "Report", "workspace": str(person.workspace.id), "scopes": ["read"]})


def set_password(user: User) -> None:
    officers = User.objects.get(id=user.id)
    officers.set_password("staple battery horse correct")
    officers.save()


def deactivate(user: User) -> None:
    officers = User.objects.get(id=user.id)
    officers.is_active = False
    officers.save()
    sessions.end(Session.objects.filter(user=user), "deactivated", STAFF)


def end_all(user: User) -> None:
    sessions.end_all_of({user.id}, "staff", STAFF)


ENDS = (set_password, deactivate, end_all)


@pytest.mark.parametrize("end", ENDS)
def test_a_request_let_in_before_the_end_makes_no_key_after_it(ada: Person, end: Callable[[User], None]) -> None:
    let_in = sessions.identify(ada.token).session
    end(ada.user)

    with pytest.raises(SessionEnded):
        keyring.make(let_in, Wish("Report", ada.workspace.id, frozenset({"read"})))

    assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_has_not_heard_of_the_end_makes_no_key(ada: Person) -> None:
    ada.get("/api/v1/me")
    Session.objects.filter(id=ada.session.id).update(ended_at=timezone.now())  # elsewhere: no ring has come

    answer = make(ada)
    recent.forget_all()

    assert answer.status_code in (401, 403)  # the second where a second has passed since
    assert not ApiKey.objects.exists()
    problem(make(ada), 401, "session_ended")


def test_a_password_that_its_user_has_just_changed_is_in_no_keys_way(ada: Person) -> None:
    let_in = sessions.identify(ada.token).session
    User.objects.filter(id=ada.user.id).update(password="renewed")

    keyring.make(let_in, Wish("Report", ada.workspace.id, frozenset({"read"})))

    assert ApiKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ENDS)
def test_of_keys_made_at_the_same_moment_none_goes_on(ada: Person, settings: Any, end: Callable[[User], None]) -> None:
    settings.LIMITS = settings.LIMITS | {"keys": (1000, timedelta(hours=1))}
    for _ in range(ROUNDS):
        User.objects.filter(id=ada.user.id).update(is_active=True)
        person = Person(ada.user)

        *answers, _done = at_once([*[partial(make, person)] * 3, partial(end, ada.user)])

        assert {answer.status_code for answer in answers} <= {201, 401, 403}
        assert not ApiKey.objects.filter(session__ended_at=None).exists()
