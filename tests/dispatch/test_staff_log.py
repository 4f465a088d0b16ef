"""Staff's log: what happens to the installation, for staff and for nobody else."""

from typing import Any

import httpx
import pytest

from tests.deployment import Deployment
from tests.dispatch import wire
from tests.dispatch.logs_of import tell_staff
from tests.live import LivePerson, Stream

PATH = "/api/v1/staff/events/"
CACHE = ("cache.degraded", "cache.recovered")
UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module", autouse=True)
def told(deployment: Deployment) -> None:
    """Something has happened before anybody looked."""
    tell_staff(deployment, "degraded", "recovered")


def entries(person: LivePerson) -> list[dict[str, Any]]:
    """Those of the cache: sessions begin and end here too."""
    asked = {"page_size": "100", "types": ",".join(CACHE)}
    found: list[dict[str, Any]] = person.http.get(PATH, params=asked).raise_for_status().json()["results"]
    return found


def demote(deployment: Deployment, staff: bool) -> None:
    code = f"from security.models import User; User.objects.filter(username='ada').update(is_staff={staff})"
    assert "Error" not in deployment.manage("shell", "-c", code)


def test_staff_read_it_in_pages(live_ada: LivePerson) -> None:
    first = entries(live_ada)[0]

    assert (first["type"], first["stream"]) == ("cache.degraded", "staff")
    assert (first["conversation"], first["workspace"]) == (None, None)
    assert first["actor"] == {"kind": "system", "id": ""}


def test_staff_follow_it_on_socket_and_stream(deployment: Deployment, live_ada: LivePerson) -> None:
    head = live_ada.http.get(PATH).json()["head"]
    headers = {"Accept": "text/event-stream", "Last-Event-ID": head}

    with live_ada.socket() as socket, live_ada.http.stream("GET", PATH, headers=headers) as response:
        answer = socket.ask({"op": "subscribe", "stream": "staff", "after": head})
        tell_staff(deployment, "degraded", "recovered")
        pushed, streamed = socket.until("cache.recovered"), Stream(response).until("cache.recovered")
        acknowledged = socket.ask({"op": "ack", "stream": "staff", "id": pushed[-1]["id"]})
        left = socket.ask({"op": "unsubscribe", "stream": "staff"})

    assert answer["data"] == left["data"] == {"stream": "staff"}
    assert acknowledged["data"] == {"stream": "staff", "unacknowledged": 0}
    assert [event["type"] for event in pushed] == ["stream.ready", "cache.degraded", "cache.recovered"]
    assert pushed[0]["data"] == {"resumed": True, "head": head}
    assert wire.durable(pushed) == wire.durable(streamed) == entries(live_ada)[-2:]


def test_ticket_opens_it(live_ada: LivePerson) -> None:
    ticket = live_ada.http.post("/api/v1/auth/ticket", json={"target": PATH}).json()["ticket"]
    headers = {"Accept": "text/event-stream"}

    with httpx.stream("GET", f"{live_ada.url}{PATH}?ticket={ticket}", headers=headers) as response:
        assert response.status_code == httpx.codes.OK
        assert Stream(response).until("cache.recovered")


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_for_others_it_is_not_there(live_bob: LivePerson, accept: str) -> None:
    unknown = f"/api/v1/conversations/{UNKNOWN}/events/"

    hidden, missing = (live_bob.http.get(path, headers={"Accept": accept}) for path in (PATH, unknown))

    assert hidden.status_code == missing.status_code == httpx.codes.NOT_FOUND
    problems = [answer.json() for answer in (hidden, missing)]
    assert problems[0] | {"request_id": ""} == problems[1] | {"request_id": ""}


def test_for_others_it_is_not_there_on_a_socket(live_bob: LivePerson) -> None:
    with live_bob.socket() as socket:
        answers = [socket.ask({"op": "subscribe", "stream": key}) for key in ("staff", f"conversation:{UNKNOWN}")]

    hidden, missing = [answer["problem"] for answer in answers]
    assert hidden["code"] == "not_found"
    assert hidden | {"request_id": ""} == missing | {"request_id": ""}


@pytest.mark.parametrize("stream", ["staff:", f"staff:{UNKNOWN}", "Staff", "staff "])
def test_it_has_one_spelling(live_ada: LivePerson, stream: str) -> None:
    with live_ada.socket() as socket:
        answer = socket.ask({"op": "subscribe", "stream": stream})

    assert answer["problem"]["code"] == "not_found"


def test_nobody_follows_it_without_signing_in(live_ada: LivePerson) -> None:
    answer = httpx.get(f"{live_ada.url}{PATH}", headers={"Accept": "text/event-stream"})

    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_who_is_staff_no_more_loses_it(deployment: Deployment, live_ada: LivePerson) -> None:
    try:
        with live_ada.socket() as socket:
            with live_ada.http.stream("GET", PATH, headers={"Accept": "text/event-stream"}) as response:
                socket.ask({"op": "subscribe", "stream": "staff"})
                demote(deployment, staff=False)

                assert Stream(response).until("stream.end")[-1]["data"] == {"reason": "demoted"}
            assert wire.closed(socket)[1] == 4503
        assert live_ada.http.get(PATH).status_code == httpx.codes.NOT_FOUND
    finally:
        demote(deployment, staff=True)
