"""Staff rights are read when they are asked for: who asks may have been read long ago."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from project import bus
from project.errors import NotFound
from security import access
from security.models import User
from tests.people import Person


def test_staff_are_let_through_and_others_learn_nothing(ada: Person, bob: Person) -> None:
    access.require_staff(ada.user)

    with pytest.raises(NotFound):
        access.require_staff(bob.user)


@pytest.mark.parametrize("lost", [{"is_staff": False}, {"is_active": False}])
def test_rights_that_were_taken_away_meanwhile_count_no_more(ada: Person, lost: dict[str, bool]) -> None:
    User.objects.filter(id=ada.user.id).update(**lost)

    with pytest.raises(NotFound):
        access.require_staff(ada.user)


def test_rights_that_staff_take_away_wake_who_holds_streams(
    ada: Person, bob: Person, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.filter(id=bob.user.id).update(is_staff=True)
    client.force_login(ada.user)
    heard: list[str] = []
    bus.on("member", heard.append)
    counts = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    fields = {"username": "bob", "is_active": "on", **{f"memberships-{name}": 0 for name in counts}}

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:security_user_change", args=[bob.user.id]), fields)

    assert not User.objects.get(id=bob.user.id).is_staff
    assert heard == [str(bob.user.id)]
