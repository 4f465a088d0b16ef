"""Signing out ends the session at once, and no other."""

import pytest

from project import bus
from security import tickets, tokens
from security.models import Session
from security.sessions import SessionEnded
from tests.people import Person
from tests.problem import problem

LOGOUT = "/api/v1/auth/logout"


def test_after_signing_out_neither_token_works(ada):
    refresh = tokens.issue_refresh(ada.session)

    answer = ada.post(LOGOUT)

    assert answer.status_code == 204
    problem(ada.get("/api/v1/me"), 401, "session_ended")
    problem(ada.post("/api/v1/auth/refresh", {"refresh": refresh}), 401, "session_ended")


def test_the_session_says_why_it_ended(ada):
    ada.post(LOGOUT)

    session = Session.objects.get(id=ada.session.id)
    assert session.ended_at is not None
    assert session.end_reason == "logout"


def test_other_sessions_of_the_user_go_on(ada):
    elsewhere = Person(ada.user)

    ada.post(LOGOUT)

    assert elsewhere.get("/api/v1/me").status_code == 200


def test_a_ticket_does_not_outlive_its_session(ada):
    ticket = tickets.issue(ada.session, "/ws/v1/")

    ada.post(LOGOUT)

    with pytest.raises(SessionEnded):
        tickets.redeem(ticket, "/ws/v1/")


def test_whoever_holds_streams_of_the_session_is_woken(ada, django_capture_on_commit_callbacks):
    heard: list[str] = []
    bus.on("session", heard.append)

    with django_capture_on_commit_callbacks(execute=True):
        ada.post(LOGOUT)

    assert heard == [str(ada.session.id)]


def test_who_has_not_signed_in_cannot_sign_out(visitor):
    problem(visitor.post(LOGOUT), 401, "not_authenticated")
