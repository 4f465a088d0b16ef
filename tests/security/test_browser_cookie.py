"""Browsers keep the refresh token in a cookie, which is taken only with our own Origin."""

import pytest
from rest_framework.test import APIClient

from security.models import Session
from tests.people import PASSWORD
from tests.problem import problem

SIGN_IN, REFRESH, LOGOUT = "/api/v1/auth/token", "/api/v1/auth/refresh", "/api/v1/auth/logout"
CREDENTIALS = {"username": "ada", "password": PASSWORD, "device": "browser"}
OWN = {"Origin": "http://testserver"}
FOREIGN = [
    "",
    "null",
    "http://testserver.evil.example",
    "http://evil.example/testserver",
    "http://evil.example#testserver",
    "http://testserver:8000",
    "http://ada@testserver",
    "http://[",
    "testserver",
    "http://testserver\u2100.example",
]


@pytest.fixture
def browser(visitor: APIClient) -> APIClient:
    """Signed in by the console."""
    visitor.post(SIGN_IN, CREDENTIALS, headers=OWN)
    return visitor


def test_a_browsers_refresh_token_is_out_of_reach_of_scripts(visitor):
    answer = visitor.post(SIGN_IN, CREDENTIALS, headers=OWN)

    cookie = answer.cookies["switchboard_refresh"]
    assert answer.json()["refresh"] is None
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")


def test_over_https_the_cookie_is_bound_to_this_host(visitor, settings):
    settings.HTTPS = True

    answer = visitor.post(SIGN_IN, CREDENTIALS, headers=OWN)

    cookie = answer.cookies["__Host-switchboard_refresh"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_the_cookie_is_exchanged_with_our_own_origin(browser):
    before = browser.cookies["switchboard_refresh"].value

    answer = browser.post(REFRESH, {}, headers=OWN)

    assert answer.status_code == 200
    assert answer.json()["refresh"] is None
    assert browser.cookies["switchboard_refresh"].value != before


@pytest.mark.parametrize("origin", FOREIGN)
def test_the_cookie_is_not_taken_from_elsewhere(browser, origin):
    refused = browser.post(REFRESH, {}, headers={"Origin": origin})

    problem(refused, 403, "foreign_origin")
    assert Session.objects.get(device="browser").generation == 0


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_browser_does_not_sign_in_from_elsewhere(visitor, origin):
    refused = visitor.post(SIGN_IN, CREDENTIALS, headers={"Origin": origin})

    problem(refused, 403, "foreign_origin")
    assert not Session.objects.filter(device="browser").exists()


def test_an_origin_that_the_settings_trust_is_ours(visitor, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.example"]

    answer = visitor.post(SIGN_IN, CREDENTIALS, headers={"Origin": "https://desk.example"})

    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, OWN])
def test_neither_token_nor_cookie_is_told_what_to_send(visitor, headers):
    refused = visitor.post(REFRESH, {}, headers=headers)

    body = problem(refused, 401, "token_invalid")
    assert "Send `refresh`" in body["detail"]


def test_signing_out_takes_the_cookie_back(browser):
    access = browser.post(REFRESH, {}, headers=OWN).json()["access"]

    answer = browser.post(LOGOUT, headers={"Authorization": f"Bearer {access}"})

    assert answer.cookies["switchboard_refresh"]["max-age"] == 0
    problem(browser.post(REFRESH, {}, headers=OWN), 401, "token_invalid")
