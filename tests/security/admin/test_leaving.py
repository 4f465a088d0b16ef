"""Members removed together, from several workspaces, with keys that end with it."""

import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from security import keyring, sessions
from security.keyring import Wish
from security.models import ApiKey, Membership, User
from security.sessions import Device
from tests import admin_rows

LOCKED = re.compile(r"UPDATE project_stream SET .* WHERE key = '([^']+)'")


def locks(queries: CaptureQueriesContext) -> list[str]:
    """The logs that were locked, in the order of their locks."""
    return [found[1] for query in queries if (found := LOCKED.search(query["sql"]))]


def test_their_workspaces_are_locked_before_staffs_log(browser: Any, ada: User, bob: User) -> None:
    """As all others lock them: with one workspace after staff's log, who makes a key there meanwhile waits for ever."""
    phone = sessions.begin(bob, Device("phone"))
    places = [admin_rows.workspace(ada) for _ in range(2)]
    for place in places:
        admin_rows.member(place, bob)
        keyring.make(phone, Wish("report", place.id, frozenset({"read"})))
    chosen = [str(id) for id in Membership.objects.filter(user=bob).values_list("id", flat=True)]
    fields = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    with CaptureQueriesContext(connection) as queries:
        browser.post(reverse("admin:security_membership_changelist"), fields)

    assert not ApiKey.objects.filter(session__ended_at=None).exists()
    before_staff = locks(queries)[: locks(queries).index("staff")]
    assert set(before_staff) == {f"workspace:{place.id}" for place in places}
