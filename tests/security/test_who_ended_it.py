"""Staff's log says who ended a session or a key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from project.models import Event
from security.models import Membership, Session
from tests.people import PASSWORD, Person
from tests.programs import Program


def act(client: Client, rows: str, action: str, id: object) -> Any:
    return client.post(reverse(f"admin:{rows}_changelist"), {"action": action, "_selected_action": [str(id)]})


def enders(ada: Person, bob: Person, client: Client) -> dict[str, Callable[[], Any]]:
    """What ends something of bob's, or of ada's in the admin; ada is staff and owner."""
    key = Program(bob, "read").key
    own = Membership.objects.get(user=bob.user)
    renewed = {"current": PASSWORD, "new": "staple battery horse correct"}
    Person(bob.user)  # for a new password to end
    return {
        "staff deactivate": lambda: act(client, "security_user", "deactivate", bob.user.id),
        "staff revoke": lambda: act(client, "security_apikey", "revoke_selected", key.id),
        "staff end all": lambda: act(client, "security_session", "end_all_of_users", bob.session.id),
        "ada removes": lambda: ada.delete(f"/api/v1/workspaces/{own.workspace_id}/members/{own.id}/"),
        "ada signs out": lambda: client.post("/admin/logout/"),
        "bob revokes": lambda: bob.delete(f"/api/v1/auth/keys/{key.id}"),
        "bob changes": lambda: bob.post("/api/v1/auth/password", renewed),
    }


@pytest.mark.parametrize(
    "what",
    [
        *("staff deactivate", "staff revoke", "staff end all"),
        *("ada removes", "ada signs out", "bob revokes", "bob changes"),
    ],
)
def test_who_did_it_is_told(ada: Person, bob: Person, client: Client, what: str) -> None:
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    enders(ada, bob, client)[what]()

    who, _, _ = what.partition(" ")
    actor = {"kind": "staff" if who == "staff" else "user", "id": str((bob if who == "bob" else ada).user.id)}
    told = Event.objects.filter(stream_id="staff", type="session.ended")
    assert Session.objects.filter(ended_at__isnull=False).count() == len(told) > 0
    assert {(event.actor["kind"], event.actor["id"]) for event in told} == {(actor["kind"], actor["id"])}
