"""`/metrics`: for programs on this host and for who knows the token; for others it is not there."""

from typing import Any

import pytest
from django.test import Client

TOKEN = "m" * 40
FAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def metrics(headers=None, **environ):
    return Client().get("/metrics", headers=headers, **environ)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_programs_on_this_host_read_it(address):
    answer = metrics(REMOTE_ADDR=address)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert "# TYPE switchboard_revocation_seconds histogram" in answer.content.decode()
    assert 'switchboard_revocation_seconds_bucket{le="1.0",where="stream"}' in answer.content.decode()


def test_others_read_it_with_the_token(token):
    assert metrics({"Authorization": f"Bearer {TOKEN}"}, **FAR).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "Bearer \u00e9"}],
)
def test_for_others_it_is_not_there(token, headers):
    hidden, unknown = metrics(headers, **FAR), Client().get("/no-such-page", **FAR)

    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content


def test_without_a_token_no_token_is_right(settings):
    settings.METRICS_TOKEN = ""

    for offered in ("Bearer ", "", "Bearer"):
        assert metrics({"Authorization": offered}, **FAR).status_code == 404


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_comes_through_a_proxy_on_this_host_is_not_local(name):
    assert metrics({name: "127.0.0.1"}).status_code == 404


def test_behind_a_proxy_nobody_is_local(settings, token):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert metrics().status_code == 404
    assert metrics({"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_an_address_that_is_none_is_not_local():
    assert metrics(REMOTE_ADDR="").status_code == 404
