"""Exchanging refresh tokens: rotation, retries, reuse."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from security import tokens
from security.models import RevokedToken, Session, User
from tests.people import Person
from tests.problem import problem

REFRESH = "/api/v1/auth/refresh"


@pytest.fixture
def first(ada):
    """Ada's first refresh token."""
    return tokens.issue_refresh(ada.session)


def opens(access):
    return APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {access}"})


def exchange(person, refresh):
    return person.post(REFRESH, {"refresh": refresh})


def grow_older(person, seconds):
    """As if the last exchange had been so long ago."""
    Session.objects.filter(id=person.session.id).update(rotated_at=timezone.now() - timedelta(seconds=seconds))


def test_a_refresh_token_is_exchanged_for_a_new_pair(ada, first):
    answer = exchange(ada, first).json()

    assert answer["refresh"] != first
    assert answer["session"] == str(ada.session.id)
    assert opens(answer["access"]).status_code == 200


def test_the_new_token_is_exchanged_in_its_turn(ada, first):
    second = exchange(ada, first).json()["refresh"]

    third = exchange(ada, second)

    assert third.status_code == 200
    assert third.json()["refresh"] not in (first, second)


def test_a_retry_gets_the_same_successor_to_the_letter(ada, first):
    lost = exchange(ada, first).json()

    again = exchange(ada, first).json()

    assert again["refresh"] == lost["refresh"]


def test_a_retry_is_good_for_ten_seconds(ada, first):
    exchange(ada, first)
    grow_older(ada, 6)

    again = exchange(ada, first)

    assert again.status_code == 200
    assert Session.objects.get(id=ada.session.id).generation == 1


def test_a_token_used_again_later_ends_its_session(ada, first):
    second = exchange(ada, first).json()
    grow_older(ada, 11)

    reused = exchange(ada, first)

    problem(reused, 401, "token_reused")
    assert Session.objects.get(id=ada.session.id).end_reason == "token_reused"
    problem(exchange(ada, second["refresh"]), 401, "session_ended")
    problem(opens(second["access"]), 401, "session_ended")


def test_a_token_whose_successor_was_used_ends_its_session_at_once(ada, first):
    second = exchange(ada, first).json()["refresh"]
    third = exchange(ada, second).json()["refresh"]

    reused = exchange(ada, first)

    problem(reused, 401, "token_reused")
    problem(exchange(ada, third), 401, "session_ended")


def test_reuse_ends_no_other_session_of_the_user(ada, first):
    elsewhere = Person(ada.user)
    exchange(ada, first)
    grow_older(ada, 11)

    exchange(ada, first)

    assert elsewhere.get("/api/v1/me").status_code == 200


def test_a_revoked_refresh_token_gives_no_new_tokens(ada, first):
    jti = tokens.read(first, tokens.RefreshToken).jti
    RevokedToken.objects.create(jti=jti, user=ada.user, expires_at=ada.session.expires_at)

    refused = exchange(ada, first)

    problem(refused, 401, "session_ended")
    session = Session.objects.get(id=ada.session.id)
    assert (session.generation, session.ended_at) == (0, None)


@pytest.mark.parametrize("field", ["ended_at", "idle_until", "expires_at"])
def test_a_session_that_is_over_gives_no_new_tokens(ada, first, field):
    Session.objects.filter(id=ada.session.id).update(**{field: timezone.now() - timedelta(seconds=1)})

    refused = exchange(ada, first)

    problem(refused, 401, "session_ended")
    assert Session.objects.get(id=ada.session.id).generation == 0


@pytest.mark.parametrize("change", ["deactivate", "delete"])
def test_who_is_gone_gets_no_new_tokens(bob, change):
    first = tokens.issue_refresh(bob.session)
    user = User.objects.filter(id=bob.user.id)
    user.update(is_active=False) if change == "deactivate" else user.delete()

    refused = exchange(bob, first)

    problem(refused, 401, "session_ended")


def test_an_exchange_keeps_the_session_from_falling_idle(ada, first):
    soon = timezone.now() + timedelta(seconds=30)
    Session.objects.filter(id=ada.session.id).update(idle_until=soon)

    exchange(ada, first)

    assert Session.objects.get(id=ada.session.id).idle_until > soon


def test_no_number_of_exchanges_outlives_the_session(ada, first):
    ends = Session.objects.get(id=ada.session.id).expires_at

    second = exchange(ada, first).json()["refresh"]

    assert tokens.RefreshToken(second)["exp"] == int(ends.timestamp())
    assert Session.objects.get(id=ada.session.id).expires_at == ends
