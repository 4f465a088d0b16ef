"""Tokens that are not ours, not any more, or not whole: each is a 401 at both doors, never an error of ours."""

import time

import jwt
import pytest
from rest_framework.test import APIClient

from security import tokens
from security.models import RevokedToken, Session
from tests.people import Person
from tests.problem import problem
from tests.security import forgeries
from tests.security.forgeries import Good, signed


@pytest.fixture(params=["access", "refresh"])
def door(request, ada, eve):
    """Shows a token to one of the two doors, and knows the one that would open it."""
    return Door(ada, eve, request.param)


class Door:
    def __init__(self, person: Person, stranger: Person, kind: str) -> None:
        self._person = person
        self._kind = kind
        issue = tokens.issue_access if kind == "access" else tokens.issue_refresh
        foreign = {"sub": str(stranger.user.id), "sid": str(stranger.session.id)}
        self.good = Good(issue(person.session), foreign)

    def show(self, token):
        if self._kind == "access":
            return me(token)
        return self._person.post("/api/v1/auth/refresh", {"refresh": token})


def me(token):
    stranger = APIClient(raise_request_exception=False)
    return stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def refused(response):
    body = response.json()
    problem(response, 401, body["code"])
    assert body["code"] in {"token_invalid", "token_expired", "session_ended", "token_reused"}
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    return body["code"]


def test_no_forgery_opens_a_door_and_none_harms_who_was_imitated(door):
    table = forgeries.table(door.good)
    assert len(table) >= 250

    answers = {name: door.show(token) for name, token in table.items() if "\0" not in token or door._kind == "access"}

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    assert {refused(answer) for answer in answers.values()} <= {"token_invalid", "token_expired", "session_ended"}
    assert door.show(door.good.token).status_code == 200


def test_the_same_claims_signed_by_us_are_taken(door):
    assert door.show(signed(door.good.claims)).status_code == 200


@pytest.mark.parametrize("generation", [None, "first", "0", True, 0.0, [], -1, 1, 10**30, float("inf"), float("nan")])
def test_a_refresh_token_of_no_generation_of_its_session_is_refused(ada, eve, generation):
    door = Door(ada, eve, "refresh")

    refused(door.show(door.good.saying(gen=generation)))


def test_an_expired_token_is_told_so(door):
    now = int(time.time())

    assert refused(door.show(door.good.saying(exp=now - 60, iat=now - 120))) == "token_expired"


def test_a_token_is_good_for_ten_seconds_more_where_clocks_differ(door):
    now = int(time.time())
    late, early = {"exp": now - 5, "iat": now - 60}, {"exp": now + 60, "iat": now + 5}

    for claims in (late, early):
        assert door.show(door.good.saying(**claims)).status_code == 200


def test_a_session_of_somebody_else_is_refused(door, eve):
    assert refused(door.show(door.good.saying(sid=str(eve.session.id)))) == "session_ended"


def test_a_revoked_token_is_refused_and_its_session_goes_on(ada):
    claims = tokens.read(ada.token, tokens.AccessToken)
    RevokedToken.objects.create(jti=claims.jti, user=ada.user, expires_at=ada.session.expires_at)

    assert refused(ada.get("/api/v1/me")) == "session_ended"
    assert me(tokens.issue_access(ada.session)).status_code == 200


def test_a_token_says_nothing_of_a_person_but_ids(ada):
    claims = jwt.decode(tokens.issue_refresh(ada.session), options={"verify_signature": False})

    assert set(claims) == {"sub", "sid", "jti", "typ", "iat", "exp", "iss", "aud", "gen"}
    assert claims["sid"] == str(Session.objects.get(user=ada.user).id)
