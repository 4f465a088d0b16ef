"""Keys that sign: the present one signs, previous ones are read, and a signature is verified once."""

import secrets
import time
from typing import Any

import jwt
import pytest
from django.conf import settings as configured
from rest_framework.test import APIClient
from rest_framework_simplejwt.exceptions import TokenBackendError

from security import signing, tokens
from security.signing import KeyRing
from security.tokens import AccessToken, TokenExpired, TokenInvalid
from security.verified import MOST, Verified
from tests.people import Person
from tests.security.forgeries import signed


@pytest.fixture
def rotate(settings: Any) -> Any:
    """Another key signs from now on; the names of those that are read beside it."""

    def change(*previous: str) -> str:
        settings.SIGNING_KEY, settings.PREVIOUS_SIGNING_KEYS = secrets.token_urlsafe(48), list(previous)
        return str(settings.SIGNING_KEY)

    return change


def test_tokens_of_a_previous_key_are_taken_and_new_ones_bear_the_present_one(ada: Person, rotate: Any) -> None:
    old, refresh = configured.SIGNING_KEY, tokens.issue_refresh(ada.session)
    new = rotate(old)

    answer = ada.post("/api/v1/auth/refresh", {"refresh": refresh})

    assert ada.get("/api/v1/me").status_code == 200
    assert answer.status_code == 200
    for token in (answer.json()["access"], answer.json()["refresh"]):
        assert jwt.get_unverified_header(token)["kid"] == signing.key_id(new) != signing.key_id(old)


def test_a_key_that_is_announced_is_read_before_it_signs(ada: Person, settings: Any) -> None:
    key = "n" * 48
    token = signed(_claims(ada), key)
    assert _status(token) == 401

    settings.PREVIOUS_SIGNING_KEYS = [key]

    assert _status(token) == 200


def test_a_key_that_is_gone_is_refused_though_its_token_was_verified(ada: Person, rotate: Any) -> None:
    assert ada.get("/api/v1/me").status_code == 200

    rotate()

    assert ada.get("/api/v1/me").json()["code"] == "token_invalid"


def test_the_header_names_the_key_and_nothing_more(ada: Person) -> None:
    header = jwt.get_unverified_header(ada.token)

    assert header == {"alg": "HS256", "typ": "JWT", "kid": signing.key_id(configured.SIGNING_KEY)}
    assert header["kid"] not in configured.SIGNING_KEY


def test_what_was_verified_is_not_known_past_its_end(ada: Person) -> None:
    verified, now = Verified(), int(time.time())

    for token, ends in (("good", now + 60), ("over", now - 1), ("endless", 10.0**9)):
        verified.keep(token, {"exp": ends})

    assert verified.find("good") == {"exp": now + 60}
    assert [verified.find(token) for token in ("over", "endless", "unknown")] == [None, None, None]


def test_a_signature_is_verified_once(ada: Person) -> None:
    ring = KeyRing(("k" * 48,))
    token = signed(_claims(ada), "k" * 48)
    first = ring.decode(token)

    ring._keys.clear()  # nothing can be verified any more

    assert ring.decode(token) == first
    with pytest.raises(TokenBackendError):
        ring.decode(signed(_claims(ada) | {"jti": "other"}, "k" * 48))


def test_what_was_read_without_being_verified_is_not_taken_for_verified(ada: Person) -> None:
    ring = KeyRing(("k" * 48,))
    forged = signed(_claims(ada), "x" * 48, header=jwt.get_unverified_header(signed({}, "k" * 48)))

    assert ring.decode(forged, verify=False) == _claims(ada)

    with pytest.raises(TokenBackendError):
        ring.decode(forged)


def test_an_expired_token_stays_refused_when_shown_again(ada: Person) -> None:
    now = int(time.time())
    over = signed(_claims(ada) | {"iat": now - 600, "exp": now - 60})

    for _ in range(2):
        with pytest.raises(TokenExpired):
            tokens.read(over, AccessToken)


def test_a_verified_token_is_no_token_of_another_kind(ada: Person) -> None:
    tokens.read(ada.token, AccessToken)

    with pytest.raises(TokenInvalid):
        tokens.read(ada.token, tokens.RefreshToken)


def test_what_is_remembered_is_bounded_and_holds_no_token() -> None:
    verified, ends = Verified(), int(time.time()) + 600

    for number in range(MOST + 10):
        verified.keep(f"token {number}", {"exp": ends})

    assert len(verified) == MOST
    assert verified.find(f"token {MOST + 9}")
    assert not verified.find("token 0")
    assert all(len(digest) == 32 for digest in verified._payloads)


def _claims(person: Person) -> dict[str, Any]:
    return dict(jwt.decode(person.token, options={"verify_signature": False}))


def _status(token: str) -> int:
    return APIClient().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code
