"""A hundred thousand sessions: they go while people sign in, and staff page through them."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse

from security import purging, sessions
from security.models import Session, User
from security.sessions import Device
from tests import admin_rows
from tests.outage.report import row
from tests.outage.scale import bound, pick
from tests.people import PASSWORD
from tests.security import past
from tests.threads import at_once

pytestmark = [pytest.mark.drill, pytest.mark.outage]

ROWS = pick(100_000, 2_000)
DAYS = 40
SECONDS = 10.0  # in which all must be gone
PAGES = {
    "session": (
        {},
        {"state": "live"},
        {"state": "expired"},
        {"state": "ended"},
        {"state": "flagged"},
        {"kind": "admin"},
    ),
    "revokedtoken": ({}, {"q": "guest7"}),
    "flag": ({}, {"state": "open"}, {"state": "resolved"}),
    "user": ({}, {"q": "guest7"}, {"is_staff__exact": "1"}),
    "workspace": ({}, {"q": "place 77"}),
    "membership": ({}, {"q": "guest7"}),
    "apikey": ({}, {"state": "live"}, {"state": "revoked"}, {"q": "guest7"}),
}


@pytest.mark.django_db(transaction=True)
def test_sessions_are_removed_while_people_sign_in() -> None:
    admin_rows.person("ada")
    past.expired(ROWS, DAYS, admin_rows.person("gone"))
    over = Event()
    alone = min(sign_in() for _ in range(3))

    removed, taken = at_once([lambda: purge(over), lambda: signing_in(over)])

    count, seconds = removed
    row("purge sessions", rows=count, seconds=seconds)
    row("sign-ins meanwhile", count=len(taken), slowest_s=max(taken), alone_s=alone)
    assert count == ROWS
    assert not Session.objects.filter(user__username="gone").exists()
    assert User.objects.get(username="ada").sessions.count() == len(taken) + 3
    assert seconds < bound(SECONDS)


@pytest.mark.django_db
def test_staff_page_through_them(client: Any) -> None:
    client.force_login(admin_rows.staff("ada"))
    past.keys_and_members(past.written(ROWS, ROWS), ROWS)

    for page, questions in PAGES.items():
        for question in questions:
            address = reverse(f"admin:security_{page}_changelist")
            took = min(milliseconds(lambda: client.get(address, question)) for _ in range(pick(5, 1)))  # noqa: B023
            asked = " ".join(f"{name} {value}" for name, value in question.items()) or "all"
            row(f"admin {page}", asked=asked, rows=ROWS, fastest_ms=took)
            assert took < pick(500, 30_000)


def purge(over: Event) -> tuple[int, float]:
    began = time.monotonic()
    try:
        return purging.purge_sessions(timedelta(days=DAYS - 1)), time.monotonic() - began
    finally:
        over.set()


def signing_in(over: Event) -> list[float]:
    """How long each sign-in took until the rows were gone; at least one."""
    taken: list[float] = []
    while not taken or not over.is_set():
        taken.append(sign_in())
    return taken


def sign_in() -> float:
    began = time.monotonic()
    sessions.sign_in(RequestFactory().post("/"), "ada", PASSWORD, Device("drill"))
    return time.monotonic() - began


def milliseconds(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    answer = work()
    assert answer.status_code == 200
    return 1000 * (time.monotonic() - began)
