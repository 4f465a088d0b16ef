"""Sign-ins and lists of the admin cost the same however much has passed: no table is scanned, no past is read."""

from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from security import sessions
from security.models import Flag, RevokedToken, Session
from security.sessions import Device
from tests import admin_rows
from tests.people import Person
from tests.plans import MOST, Statement, explained
from tests.security import past

GROWING = {model._meta.db_table for model in (Session, RevokedToken, Flag)}
ROWS = 3000


@pytest.fixture
def browser(client: Any, db: None) -> Any:
    client.force_login(admin_rows.staff("ada"))
    return client


def test_lists_read_a_page_of_rows_whatever_they_are_asked_for(browser: Any) -> None:
    guest = past.written(ROWS)[-1]
    user, name = str(guest.id), guest.username
    asked: dict[str, list[dict[str, str]]] = {
        "session": [
            *({"state": state} for state in ("", "live", "expired", "ended", "flagged")),
            *({"kind": kind} for kind in ("admin", "token")),
            *({"q": words} for words in (user, name, "nobody", str(Session.objects.earliest("id").id))),
            {"state": "live", "q": name},
            {"p": "3"},
        ],
        "revokedtoken": [{}, *({"q": words} for words in (user, name, str(RevokedToken.objects.earliest("jti").jti)))],
        "flag": [*({"state": state} for state in ("", "open", "resolved")), {"q": user}, {"q": name}],
    }

    for page, questions in asked.items():
        for question in questions:
            with explained(GROWING) as statements:
                shown = browser.get(reverse(f"admin:security_{page}_changelist"), question)

            assert shown.status_code == 200
            grown = [str(statement) for statement in statements if reads_the_past(statement)]
            assert grown == [], f"{page} {question}\n" + "\n".join(grown)


def test_a_sign_in_reads_what_is_live_of_its_user_and_not_the_past(ada: Person) -> None:
    past.expired(ROWS, days=20, user=ada.user)
    for number in range(20):
        sessions.begin(ada.user, Device(str(number)))

    with explained(GROWING) as statements:
        sessions.begin(ada.user, Device("one more"))

    assert [str(statement) for statement in statements if statement.grows] == []
    assert Session.objects.live().filter(user=ada.user).count() == 20


def reads_the_past(statement: Statement) -> bool:
    """SQLite calls it a scan as well when a page is read from one end of an index: there only the cost tells."""
    scans = bool(statement.scanned) and connection.vendor == "postgresql"
    return scans or statement.read > MOST[connection.vendor]
