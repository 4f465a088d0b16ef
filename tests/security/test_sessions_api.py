"""My sessions: where I am signed in, the end of one and of all; and what staff are told of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from project.models import Event
from security import sessions, tokens
from security.models import Session
from security.sessions import Device
from tests.people import PASSWORD, Person
from tests.problem import problem

SESSIONS, LOGOUT_ALL = "/api/v1/auth/sessions", "/api/v1/auth/logout-all"
PHONE = Device("phone", "Phone 7", "203.0.113.7")


@pytest.fixture
def phone(ada: Person) -> Session:
    return sessions.begin(ada.user, PHONE)


def listed(person: Person) -> list[dict[str, Any]]:
    answer = person.get(SESSIONS)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def opens(session: Session) -> bool:
    return bool(Session.objects.live().filter(id=session.id).exists())


def told(*types: str) -> list[Event]:
    return list(Event.objects.filter(stream_id="staff", type__in=types).order_by("seq"))


def test_the_list_tells_devices_apart_newest_first(ada: Person, phone: Session) -> None:
    newest, own = listed(ada)

    assert (newest["id"], own["id"]) == (str(phone.id), str(ada.session.id))
    assert (newest["current"], own["current"]) == (False, True)
    assert (newest["device"], newest["user_agent"], newest["address"]) == ("phone", "Phone 7", "203.0.113.7")
    assert set(own) == {
        *("id", "kind", "device", "user_agent", "address", "current"),
        *("created_at", "last_used_at", "idle_until", "expires_at"),
    }


def test_the_list_shows_no_session_that_is_over_no_key_and_nobody_elses(ada: Person, bob: Person) -> None:
    sessions.end(Session.objects.filter(id=sessions.begin(ada.user, PHONE).id), "logout")
    idle = sessions.begin(ada.user, PHONE)
    Session.objects.filter(id=idle.id).update(idle_until=timezone.now() - timedelta(seconds=1))
    sessions.begin(ada.user, Device("robot"), kind="key")

    assert [session["id"] for session in listed(ada)] == [str(ada.session.id)]
    assert [session["id"] for session in listed(bob)] == [str(bob.session.id)]


def test_the_list_has_pages(ada: Person, phone: Session) -> None:
    first = ada.get(f"{SESSIONS}?page_size=1").json()
    second = ada.get(first["next"]).json()

    assert [page["results"][0]["id"] for page in (first, second)] == [str(phone.id), str(ada.session.id)]


def test_one_session_is_ended_and_the_others_go_on(ada: Person, phone: Session) -> None:
    access, refresh = tokens.issue_access(phone), tokens.issue_refresh(phone)

    answer = ada.delete(f"{SESSIONS}/{phone.id}")

    assert answer.status_code == 204
    assert not opens(phone)
    problem(ada.post("/api/v1/auth/refresh", {"refresh": refresh}), 401, "session_ended")
    assert ada.get("/api/v1/me").status_code == 200
    assert access != ada.token
    problem(ada.delete(f"{SESSIONS}/{phone.id}"), 404, "not_found")


def test_who_ends_the_own_session_is_signed_out(ada: Person) -> None:
    answer = ada.delete(f"{SESSIONS}/{ada.session.id}")

    assert answer.status_code == 204
    assert answer.cookies["switchboard_refresh"]["max-age"] == 0
    problem(ada.get("/api/v1/me"), 401, "session_ended")


@pytest.mark.parametrize("kind", ["somebody else's", "an API key's"])
def test_what_the_list_does_not_show_is_not_ended(ada: Person, bob: Person, kind: str) -> None:
    other = bob.session if kind == "somebody else's" else sessions.begin(ada.user, Device("robot"), kind="key")

    problem(ada.delete(f"{SESSIONS}/{other.id}"), 404, "not_found")

    assert opens(other)


def test_signing_out_everywhere_ends_api_and_admin_sessions_and_no_key(ada: Person, bob: Person, client: Any) -> None:
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    key = sessions.begin(ada.user, Device("robot"), kind="key")

    answer = ada.post(LOGOUT_ALL)

    assert answer.status_code == 204
    assert answer.cookies["switchboard_refresh"]["max-age"] == 0
    assert list(Session.objects.live().filter(user=ada.user)) == [key]
    assert client.get("/admin/").status_code == 302
    problem(ada.get("/api/v1/me"), 401, "session_ended")
    assert bob.get("/api/v1/me").status_code == 200
    assert set(Session.objects.filter(user=ada.user).exclude(id=key.id).values_list("end_reason", flat=True)) == {
        "logout_all"
    }


def test_who_has_not_signed_in_has_no_sessions(visitor: Any) -> None:
    for answer in (visitor.get(SESSIONS), visitor.post(LOGOUT_ALL), visitor.delete(f"{SESSIONS}/{'0' * 8}")):
        assert answer.status_code in {401, 404}
    problem(visitor.get(SESSIONS), 401, "not_authenticated")
    problem(visitor.post(LOGOUT_ALL), 401, "not_authenticated")


def test_staff_are_told_who_signed_in_and_who_ended_what(ada: Person, phone: Session) -> None:
    ada.delete(f"{SESSIONS}/{phone.id}")
    sessions.end(Session.objects.filter(user=ada.user), "staff", {"kind": "staff", "id": str(ada.user.id)})

    began, ended = told("session.began")[-1], told("session.ended")
    assert began.data == {"session": str(phone.id), "user": str(ada.user.id), "username": "ada", "kind": "token"}
    assert [(event.data["session"], event.data["reason"]) for event in ended] == [
        (str(phone.id), "ended_by_user"),
        (str(ada.session.id), "staff"),
    ]
    assert [event.actor["kind"] for event in ended] == ["user", "staff"]


def test_staff_are_told_no_address_no_device_and_no_token(ada: Person, phone: Session) -> None:
    ada.post(LOGOUT_ALL)

    text = str([(event.data, event.actor) for event in told("session.began", "session.ended")])
    for secret in ("203.0.113.7", "Phone 7", "phone", ada.token):
        assert secret not in text


def test_many_sessions_end_in_order_under_one_number_each(ada: Person, settings: Any) -> None:
    settings.SESSIONS_PER_USER = 0
    begun = [sessions.begin(ada.user, PHONE) for _ in range(30)]

    assert sessions.end(Session.objects.filter(id__in=[one.id for one in begun]), "staff") == 30

    events = told("session.ended")
    assert [event.seq for event in events] == list(range(events[0].seq, events[0].seq + 30))
    assert [event.data["session"] for event in events] == [str(one.id) for one in begun]
