"""Tokens that are not ours, not any more, or not whole: each is a 401 at both doors, never an error of ours."""

import base64
import json
import time
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from rest_framework.test import APIClient

from security import tokens
from security.models import RevokedToken
from tests.people import Person
from tests.problem import problem

CLAIMS = ("sub", "sid", "jti", "typ", "iat", "exp", "iss", "aud")
WRONG = {
    "expired": ("exp", int(time.time()) - 60),
    "expires in the year three trillion": ("exp", 10**20),
    "expiry that is no number": ("exp", "soon"),
    "expiry without end": ("exp", float("inf")),
    "issued in the future": ("iat", int(time.time()) + 3600),
    "issue time that is no number": ("iat", []),
    "other issuer": ("iss", "somebody"),
    "other audience": ("aud", "somebody"),
    "audience that is an object": ("aud", {"switchboard": 1}),
    "unknown type": ("typ", "sliding"),
    "type that is a list": ("typ", ["access"]),
    "user that is no id": ("sub", "ada"),
    "user that is a number": ("sub", 7),
    "unknown user": ("sub", str(uuid4())),
    "session that is no id": ("sid", "x" * 36),
    "session that is a list": ("sid", [1]),
    "unknown session": ("sid", str(uuid4())),
    "token id that is no id": ("jti", "once"),
    "empty token id": ("jti", ""),
}


@pytest.fixture(params=["access", "refresh"])
def door(request, ada):
    """Shows a token to one of the two doors, and knows the claims that would open it."""
    return Door(ada, request.param)


class Door:
    def __init__(self, person: Person, kind: str) -> None:
        self._person = person
        self._kind = kind
        issue = tokens.issue_access if kind == "access" else tokens.issue_refresh
        self.token = issue(person.session)
        self.claims = jwt.decode(self.token, options={"verify_signature": False})

    def show(self, token):
        if self._kind == "access":
            return me(token)
        return self._person.post("/api/v1/auth/refresh", {"refresh": token})


def me(token):
    stranger = APIClient(raise_request_exception=False)
    return stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def signed(claims, key=None, algorithm="HS256", **header):
    return jwt.encode(claims, key or settings.SIGNING_KEY, algorithm, headers=header)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def refused(response):
    body = response.json()
    problem(response, 401, body["code"])
    assert body["code"] in {"token_invalid", "token_expired", "session_ended", "token_reused"}
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    return body["code"]


def test_the_same_claims_signed_by_us_are_taken(door):
    assert door.show(signed(door.claims)).status_code == 200


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_token_that_lacks_a_claim_is_refused(door, claim):
    del door.claims[claim]

    assert refused(door.show(signed(door.claims))) == "token_invalid"


@pytest.mark.parametrize(("claim", "value"), WRONG.values(), ids=WRONG.keys())
def test_a_token_with_a_wrong_claim_is_refused(door, claim, value):
    door.claims[claim] = value

    refused(door.show(signed(door.claims)))


@pytest.mark.parametrize("generation", ["first", [], 1, 10**30, float("inf"), float("nan")])
def test_a_refresh_token_of_no_generation_of_its_session_is_refused(ada, generation):
    door = Door(ada, "refresh")
    door.claims["gen"] = generation

    refused(door.show(signed(door.claims)))


def test_an_expired_token_is_told_so(door):
    door.claims["exp"] = int(time.time()) - 60

    assert refused(door.show(signed(door.claims))) == "token_expired"


def test_a_token_signed_with_another_key_is_refused(door):
    assert refused(door.show(signed(door.claims, key="k" * 64))) == "token_invalid"


def test_the_secret_of_sessions_and_cookies_signs_no_token(door):
    assert refused(door.show(signed(door.claims, key=settings.SECRET_KEY))) == "token_invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS512", "RS256", "", None, ["HS256"], {"x": 1}])
def test_only_our_own_algorithm_is_taken(door, algorithm):
    header = encoded(json.dumps({"typ": "JWT", "alg": algorithm}).encode())
    _, payload, signature = signed(door.claims, algorithm="HS256").split(".")

    for tail in (signature, ""):
        assert refused(door.show(f"{header}.{payload}.{tail}")) == "token_invalid"


def test_another_strength_of_our_algorithm_is_refused(door):
    assert refused(door.show(signed(door.claims, algorithm="HS512"))) == "token_invalid"


def test_one_kind_of_token_does_not_pass_for_the_other(door):
    door.claims["typ"] = "refresh" if door.claims["typ"] == "access" else "access"

    assert refused(door.show(signed(door.claims))) == "token_invalid"


def test_a_session_of_somebody_else_is_refused(door, eve):
    door.claims["sid"] = str(eve.session.id)

    assert refused(door.show(signed(door.claims))) == "session_ended"


def test_a_changed_payload_breaks_the_signature(door, eve):
    header, _, signature = door.token.split(".")
    _, payload, _ = signed(door.claims | {"sub": str(eve.user.id)}).split(".")

    assert refused(door.show(f"{header}.{payload}.{signature}")) == "token_invalid"


MANGLED = {
    "a word": "token",
    "dots": "..",
    "many dots": "." * 200,
    "three words": "a.b.c",
    "no base64": "!.!.!",
    "accents": "\u00e9.\u00e9.\u00e9",
    "nothing within": "e30.e30.e30",
    "header that is a list": f"{encoded(b'[]')}.e30.e30",
    "header that is no text": f"{encoded(bytes([255, 254]))}.e30.e30",
    "deep header": f"{encoded(b'[' * 2900)}.e30.e30",
    "deep payload": f"{encoded(b'{}')}.{encoded(b'[' * 2900)}.e30",
    "long number in the header": f"{encoded(b'1' * 2900)}.e30.e30",
    "long": "x" * 3900,
}


@pytest.mark.parametrize("token", MANGLED.values(), ids=MANGLED.keys())
def test_what_is_no_token_is_refused(door, token):
    assert refused(door.show(token)) == "token_invalid"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_cut_short_is_refused(door, part):
    pieces = door.token.split(".")
    pieces[part] = pieces[part][:-2]

    assert refused(door.show(".".join(pieces))) == "token_invalid"


def test_a_revoked_token_is_refused_and_its_session_goes_on(ada):
    claims = tokens.read(ada.token, tokens.AccessToken)
    RevokedToken.objects.create(jti=claims.jti, user=ada.user, expires_at=ada.session.expires_at)

    assert refused(ada.get("/api/v1/me")) == "session_ended"
    assert me(tokens.issue_access(ada.session)).status_code == 200
