"""One-time tickets for streams."""

from datetime import timedelta

import pytest
from django.utils import timezone

from security import tickets, tokens
from security.models import Ticket, User
from security.sessions import SessionEnded
from security.tickets import TicketInvalid
from tests.problem import problem

TICKET = "/api/v1/auth/ticket"
SOCKET = "/ws/v1/"


@pytest.mark.parametrize("target", [SOCKET, "/api/v1/conversations/00000000-0000-0000-0000-000000000001/events/"])
def test_a_ticket_opens_the_path_it_was_asked_for(ada, target):
    issued = ada.post(TICKET, {"target": target}).json()

    assert issued["expires_in"] == 30
    assert tickets.redeem(issued["ticket"], target) == ada.identity


@pytest.mark.parametrize("target", ["/api/v1/me", "/", "/admin/", "/api/v1/conversations/"])
def test_a_ticket_for_what_is_no_stream_is_refused(ada, target):
    problem(ada.post(TICKET, {"target": target}), 422, "unreachable_target")


@pytest.mark.parametrize("target", ["", "ws/v1/", "https://evil.example/events/", "/ws/ v1/", "/ws/" + "x" * 200, None])
def test_a_target_that_is_no_path_is_refused(ada, target):
    body = problem(ada.post(TICKET, {"target": target}), 422, "invalid")

    assert body["errors"][0]["pointer"] == "/target"


def test_a_ticket_is_good_once(ada):
    ticket = tickets.issue(ada.session, SOCKET)
    tickets.redeem(ticket, SOCKET)

    with pytest.raises(TicketInvalid):
        tickets.redeem(ticket, SOCKET)


def test_a_ticket_is_good_for_its_own_path_only(ada):
    ticket = tickets.issue(ada.session, SOCKET)

    with pytest.raises(TicketInvalid):
        tickets.redeem(ticket, "/api/v1/workspaces/1/events/")


def test_a_ticket_tried_on_another_path_is_not_used_up(ada):
    ticket = tickets.issue(ada.session, SOCKET)
    with pytest.raises(TicketInvalid):
        tickets.redeem(ticket, "/ws/v2/")

    assert tickets.redeem(ticket, SOCKET) == ada.identity


def test_a_ticket_is_good_for_half_a_minute(ada):
    ticket = tickets.issue(ada.session, SOCKET)
    Ticket.objects.update(expires_at=timezone.now() - timedelta(milliseconds=1))

    with pytest.raises(TicketInvalid):
        tickets.redeem(ticket, SOCKET)


def test_a_ticket_of_somebody_deactivated_opens_nothing(bob):
    ticket = tickets.issue(bob.session, SOCKET)
    User.objects.filter(id=bob.user.id).update(is_active=False)

    with pytest.raises(SessionEnded):
        tickets.redeem(ticket, SOCKET)


def test_a_ticket_ends_with_the_token_that_asked_for_it_and_with_no_other(ada, visitor):
    other = tokens.issue_access(ada.session)
    ticket, kept = (
        visitor.post(TICKET, {"target": SOCKET}, headers={"Authorization": f"Bearer {token}"}).json()["ticket"]
        for token in (ada.token, other)
    )

    visitor.post("/api/v1/auth/revoke", f"token={ada.token}", content_type="application/x-www-form-urlencoded")

    with pytest.raises(SessionEnded):
        tickets.redeem(ticket, SOCKET)
    assert tickets.redeem(kept, SOCKET) == ada.identity


def test_what_a_ticket_opens_ends_with_the_token_that_asked_for_it(ada):
    """The guard looks after the token of whoever has something open."""
    ticket = ada.post(TICKET, {"target": SOCKET}).json()["ticket"]

    assert tickets.redeem(ticket, SOCKET).token == tokens.read(ada.token, tokens.AccessToken).jti


@pytest.mark.parametrize("raw", ["", "guess", "\u20ac" * 40])
def test_a_guess_opens_nothing(ada, raw):
    tickets.issue(ada.session, SOCKET)

    with pytest.raises(TicketInvalid):
        tickets.redeem(raw, SOCKET)


def test_the_ticket_itself_is_not_stored(ada):
    ticket = tickets.issue(ada.session, SOCKET)

    assert ticket not in str(Ticket.objects.values())


def test_who_has_not_signed_in_gets_no_ticket(visitor):
    problem(visitor.post(TICKET, {"target": SOCKET}), 401, "not_authenticated")
