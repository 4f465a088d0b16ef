"""Server-sent events from a live server: what a stream begins with, and what it is made of."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import jwt
import orjson
import psutil
import pytest
from django.core import signing

from dispatch import doors
from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.live import LivePerson, eventually
from tests.security import forgeries

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


@pytest.fixture(scope="module")
def told(live_ada: LivePerson) -> str:
    """A conversation with one answered message."""
    conversation = live_ada.conversation()
    live_ada.say(conversation, "My dog is called Rex.")
    live_ada.settled(conversation, 1)
    return conversation


def opened(person: LivePerson, conversation: str, query: str = "", **headers: str) -> Any:
    headers = {"Accept": "text/event-stream", **headers}
    return person.http.stream("GET", wire.path(conversation) + query, headers=headers)


def refused(person: LivePerson, conversation: str, query: str = "", **headers: str) -> httpx.Response:
    """The whole answer, for a stream that never begins."""
    with opened(person, conversation, query, **headers) as response:
        response.read()
    return response


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == response.json()["request_id"]
    return response.status_code, response.json()["code"]


def first(response: httpx.Response, count: int) -> list[dict[str, str]]:
    """The first blocks of a stream that carry data."""
    return list(islice(blocks(response), count))


def blocks(response: httpx.Response) -> Iterator[dict[str, str]]:
    return (block for block in wire.raw(response) if "data" in block)


def forged(person: LivePerson, **claims: Any) -> str:
    """A person's token with other claims, signed as ours are."""
    known = jwt.decode(person.tokens["access"], options={"verify_signature": False})
    return forgeries.signed({**known, **claims})


def test_stream_begins_with_ready_which_cannot_be_resumed(live_ada: LivePerson, told: str) -> None:
    with opened(live_ada, told) as response:
        ready, event = first(response, 2)

    assert ready["event"] == "stream.ready"
    assert "id" not in ready
    head = live_ada.events(told)[-1]["id"]
    assert orjson.loads(ready["data"])["data"] == {"resumed": False, "head": head}
    assert (event["event"], orjson.loads(event["data"])["seq"]) == ("message.received", 1)


def test_headers_keep_proxies_from_holding_the_stream_back(live_ada: LivePerson, told: str) -> None:
    with opened(live_ada, told, **{"X-Request-ID": "mine-1"}) as response:
        headers = response.headers

    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Request-ID"] == "mine-1"
    assert "Server" not in headers
    assert "Content-Encoding" not in headers


def test_client_is_told_to_come_back_within_one_to_five_seconds(live_ada: LivePerson, told: str) -> None:
    times = set()
    for _ in range(5):
        with opened(live_ada, told) as response:
            times.add(int(next(wire.raw(response))["retry"]))

    assert all(1000 <= time <= 5000 for time in times)
    assert len(times) > 1


def test_every_event_is_the_entry_of_the_json_log(live_ada: LivePerson, live_bob: LivePerson, told: str) -> None:
    entries = live_ada.events(told)

    for person in (live_ada, live_bob):
        with opened(person, told) as response:
            blocks = first(response, 1 + len(entries))[1:]
        assert [orjson.loads(block["data"]) for block in blocks] == entries
        assert [(block["id"], block["event"]) for block in blocks] == [
            (entry["id"], entry["type"]) for entry in entries
        ]


def test_two_followers_get_the_same_bytes(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()

    with opened(live_ada, conversation) as one, opened(live_bob, conversation) as other:
        live_ada.say(conversation, "Hello")
        seen = [list(islice(filter(_stored, blocks(stream)), 5)) for stream in (one, other)]

    assert seen[0] == seen[1]
    assert [orjson.loads(block["data"]) for block in seen[0]] == live_ada.settled(conversation, 1)


def _stored(block: dict[str, str]) -> bool:
    return block["event"] not in (wire.DELTA, "stream.ready")


def test_stream_resumes_after_the_last_event_id(live_ada: LivePerson, told: str) -> None:
    entries = live_ada.events(told)

    with opened(live_ada, told, **{"Last-Event-ID": entries[2]["id"]}) as response:
        ready, event = first(response, 2)

    assert orjson.loads(ready["data"])["data"] == {"resumed": True, "head": entries[-1]["id"]}
    assert event["id"] == entries[3]["id"]


def test_last_event_id_wins_over_the_query(live_ada: LivePerson, told: str) -> None:
    entries = live_ada.events(told)

    for headers, expected in (({}, entries[1]), ({"Last-Event-ID": entries[2]["id"]}, entries[3])):
        with opened(live_ada, told, f"?after={entries[0]['id']}", **headers) as response:
            assert first(response, 2)[1]["id"] == expected["id"]


@pytest.mark.parametrize("reason", ["future", "epoch"])
def test_cursor_that_cannot_be_honoured_is_reset_to_the_head(live_ada: LivePerson, told: str, reason: str) -> None:
    head = live_ada.events(told)[-1]["id"]
    epoch, seq = (int(part) for part in head.split("-"))
    after = f"{epoch}-{seq + 1000}" if reason == "future" else f"{epoch + 1}-1"

    with live_ada.stream(told, after) as stream:
        seen = stream.until("stream.reset")
        live_ada.say(told, "Go on.")
        seen += stream.until("run.completed")

    ready, reset, *events = wire.durable(seen) and [event for event in seen if event["type"] != wire.DELTA]
    assert (ready["type"], ready["data"]) == ("stream.ready", {"resumed": False, "head": head})
    assert (reset["id"], reset["data"]) == (head, {"reason": reason, "head": head})
    assert [event["seq"] for event in events] == list(range(seq + 1, seq + 6))


def test_garbage_for_a_cursor_is_refused_before_the_stream(live_ada: LivePerson, told: str) -> None:
    for garbage in ("x", "7", "7-", "-1-2", "7-1~x.1.1", "7-1~" + "f" * 36 + ".1.1", "9" * 30 + "-1", "\u0667-\u0661"):
        answer = refused(live_ada, told, f"?after={garbage}")
        assert problem(answer) == (400, "malformed_cursor"), garbage


def test_foreign_and_unknown_conversations_are_the_same_404(live_eve: LivePerson, told: str) -> None:
    foreign, unknown = refused(live_eve, told), refused(live_eve, UNKNOWN)

    assert problem(foreign) == problem(unknown) == (404, "not_found")
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


def test_who_is_not_signed_in_gets_401(live_ada: LivePerson, told: str) -> None:
    answer = refused(live_ada, told, Authorization="")

    assert problem(answer) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_expired_and_broken_tokens_get_401(live_ada: LivePerson, told: str) -> None:
    expired, broken = forged(live_ada, exp=int(time.time()) - 60), live_ada.tokens["access"][:-4] + "AAAA"

    for token, code in ((expired, "token_expired"), (broken, "token_invalid")):
        answer = refused(live_ada, told, Authorization=f"Bearer {token}")
        assert problem(answer) == (401, code)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_workspace_has_a_stream_of_its_own(live_ada: LivePerson) -> None:
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    path = f"/api/v1/workspaces/{workspace}/events/"

    with live_ada.http.stream("GET", path, headers={"Accept": "text/event-stream"}) as response:
        conversation = live_ada.conversation(title="News")
        seen = (orjson.loads(block["data"]) for block in blocks(response))
        created = next(event for event in seen if event["data"].get("conversation", {}).get("id") == conversation)

    assert (created["type"], created["stream"]) == ("conversation.created", f"workspace:{workspace}")


def test_silent_answer_is_no_silent_stream(live_ada: LivePerson) -> None:
    """A comment every 15 s, also while an answer is unfinished."""
    conversation = live_ada.conversation()

    with opened(live_ada, conversation) as response:
        everything = wire.raw(response)
        assert live_ada.say(conversation, "80", kind="test.ponder").status_code == 202
        next(block for block in everything if block.get("event") == wire.DELTA)
        began = time.monotonic()
        block = next(everything)
        waited = time.monotonic() - began

    assert block == {"": ""}
    assert 10 < waited < 3 * 15


def test_streams_that_are_dropped_leave_nothing_behind(live_ada: LivePerson, server: Server, told: str) -> None:
    def drop(count: int) -> None:
        for _ in range(count):
            with opened(live_ada, told) as response:
                first(response, 2)

    def settled() -> psutil.Process | None:
        kept = [one for one in server.process.net_connections("tcp") if one.laddr.port == server.port]
        return server.process if sum(one.status != psutil.CONN_LISTEN for one in kept) <= 3 else None

    drop(50)
    before = eventually(settled).memory_info().rss
    descriptors = server.process.num_fds()
    drop(200)

    after = eventually(settled)
    eventually(lambda: after.num_fds() <= descriptors + 2)
    assert after.memory_info().rss - before < 8 * 1024 * 1024


def test_id_in_capitals_is_the_same_stream(live_ada: LivePerson, told: str) -> None:
    with opened(live_ada, told.upper()) as response:
        ready, event = first(response, 2)

    assert orjson.loads(ready["data"])["stream"] == f"conversation:{told}"
    assert orjson.loads(event["data"])["seq"] == 1


def test_id_with_its_dashes_elsewhere_is_not_found(live_ada: LivePerson, told: str) -> None:
    digits = told.replace("-", "")

    answer = refused(live_ada, f"----{digits}")

    assert problem(answer) == (404, "not_found")


def test_crash_before_the_stream_begins_is_a_problem_too(live_ada: LivePerson, told: str) -> None:
    cookie = signing.dumps(["no id", wire.path(told)], salt=doors.SALT)

    answer = refused(live_ada, told, Authorization="", Cookie=f"{doors.COOKIE}={cookie}")

    assert problem(answer) == (500, "internal_error")
