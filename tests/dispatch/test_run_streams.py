"""The stream of one run: its own events and the pieces of its answer, until it is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.dispatch.transcript import Copy
from tests.live import FINAL, PATIENCE, LivePerson, Stream
from tests.speaking_app.prompter import Prompter

UNKNOWN = "00000000-0000-7000-8000-000000000000"
STREAM = {"Accept": "text/event-stream"}
TEXT = HARD * 3


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app,tests.handlers_app")


def path(run: str) -> str:
    return f"/api/v1/runs/{run}/events/"


@contextmanager
def followed(person: LivePerson, run: str, after: str | None = None) -> Iterator[Stream]:
    headers = STREAM | ({"Last-Event-ID": after} if after else {})
    with person.http.stream("GET", path(run), headers=headers) as response:
        assert response.status_code == 200, response.read()
        yield Stream(response)


def said(person: LivePerson, conversation: str, text: str, kind: str = "text", **fields: Any) -> str:
    """The run that answers."""
    answer = person.say(conversation, text, kind=kind, **fields)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run"])


def everything(client: Stream) -> list[dict[str, Any]]:
    """All envelopes up to the end of the response, which is told."""
    events = [frame["data"] for frame in client.frames()]
    assert events[0]["type"] == "stream.ready"
    assert (events[-1]["type"], events[-1]["data"]) == ("stream.end", {"reason": "finished"})
    return events


def of(run: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["run"] == run]


def test_run_is_replayed_from_its_beginning_and_ends(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    runs = [said(live_ada, conversation, f"number {number}") for number in range(3)]
    log = live_ada.settled(conversation, 3)

    for run in runs:
        with followed(live_ada, run) as client:
            seen = everything(client)
        assert wire.durable(seen) == of(run, log)
        assert seen[-2]["type"] == "run.completed"
        assert not seen[0]["data"]["resumed"]


def test_run_is_followed_live_beside_another_one(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation(policy="parallel")
    other = said(live_ada, conversation, TEXT, "test.recite")
    run = said(live_ada, conversation, TEXT, "test.recite", parts=[prompter.part])

    with followed(live_ada, run) as client:
        began = client.until("run.started")
        live_ada.settled(conversation, 1)  # the other one has said everything
        prompter.allow(len(TEXT))
        seen = began + everything_after(client)

    assert {event["run"] for event in seen if not event["type"].startswith("stream.")} == {run}
    assert {event["run"] for event in wire.deltas(seen)} == {run} != {other}
    assert wire.durable(seen) == of(run, live_ada.events(conversation))
    wire.check_answer(seen, TEXT)


def everything_after(client: Stream) -> list[dict[str, Any]]:
    events = [frame["data"] for frame in client.frames()]
    assert events[-1]["data"] == {"reason": "finished"}
    return events


def test_run_that_waits_is_followed_until_it_has_its_turn(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation()
    said(live_ada, conversation, TEXT, "test.recite", parts=[prompter.part])
    waiting = said(live_ada, conversation, "And this?")

    with followed(live_ada, waiting) as client:
        began = client.until("run.queued")
        prompter.allow(len(TEXT))
        seen = began + everything_after(client)

    assert wire.durable(seen) == of(waiting, live_ada.events(conversation))


def test_client_comes_back_within_the_answer(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation, copy = live_ada.conversation(), Copy()
    run = said(live_ada, conversation, TEXT, "test.recite", parts=[prompter.part])
    with followed(live_ada, run) as client:
        prompter.allow(30)
        before = wire.hear(client, 20)
    had = wire.answer(before)
    prompter.allow(20)

    with followed(live_ada, run, before[-1]["id"]) as client:
        after = client.until(wire.DELTA)
        prompter.allow(len(TEXT))
        after += everything_after(client)

    for delta in wire.deltas(before + after):
        copy.take(delta["data"])
    assert after[0]["data"]["resumed"]
    assert wire.deltas(after)[0]["data"]["offset"] == len(had)
    assert TEXT.startswith(copy.text)
    assert wire.durable(before + after) == of(run, live_ada.events(conversation))


def test_who_has_seen_the_end_is_told_to_stay_away(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, "Hello")
    *_, final = of(run, live_ada.settled(conversation, 1))
    said(live_ada, conversation, "More")
    later = live_ada.settled(conversation, 2)[-1]

    for cursor in (final["id"], later["id"]):
        answer = live_ada.http.get(path(run), headers=STREAM | {"Last-Event-ID": cursor, "X-Request-ID": "mine"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["X-Request-ID"] == "mine"
    with followed(live_ada, run, _before(final["id"])) as client:
        assert wire.durable(everything(client)) == [final]


def _before(cursor: str) -> str:
    epoch, _, seq = cursor.partition("-")
    return f"{epoch}-{int(seq) - 1}"


@pytest.mark.parametrize(("kind", "end"), [("test.raise", "run.failed"), ("test.silent", "run.completed")])
def test_stream_ends_with_whatever_ends_its_run(live_ada: LivePerson, kind: str, end: str) -> None:
    run = said(live_ada, live_ada.conversation(), "hi", kind)

    with followed(live_ada, run) as client:
        seen = everything(client)

    assert [event["type"] for event in wire.durable(seen) if event["type"] in FINAL] == [end]


def test_stream_of_a_canceled_run_ends_with_it(live_ada: LivePerson, prompter: Prompter) -> None:
    run = said(live_ada, live_ada.conversation(), TEXT, "test.recite", parts=[prompter.part])

    with followed(live_ada, run) as client:
        began = client.until("run.started")
        assert live_ada.http.post(f"/api/v1/runs/{run}/cancel").status_code in (200, 202)
        seen = began + everything_after(client)

    assert seen[-2]["type"] == "run.canceled"


def test_message_that_is_asked_again_has_a_stream_for_each_run(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    first = live_ada.say(conversation, "Hello").json()
    live_ada.settled(conversation, 1)
    again = live_ada.http.post(f"/api/v1/messages/{first['message']}/retry").json()["run"]
    log = live_ada.settled(conversation, 2)

    for run in (first["run"], again):
        with followed(live_ada, run) as client:
            assert wire.durable(everything(client)) == of(run, log)


def test_reset_in_mid_run_goes_on_to_its_end(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, TEXT, "test.recite", parts=[prompter.part])
    live_ada.started(conversation)

    with followed(live_ada, run, "1-1") as client:
        began = client.until("stream.reset")
        prompter.allow(len(TEXT))
        seen = began + everything_after(client)

    assert began[-1]["data"]["reason"] == "epoch"
    assert [event["type"] for event in wire.durable(seen)] == ["message.completed", "run.completed"]


def test_pages_show_what_the_stream_shows(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    runs = [said(live_ada, conversation, f"number {number}") for number in range(2)]
    log = live_ada.settled(conversation, 2)

    first = live_ada.http.get(path(runs[1]), params={"page_size": 2}).json()
    second = live_ada.http.get(first["next"]).json()
    rest = live_ada.http.get(path(runs[1]), params={"after": second["results"][0]["id"]}).json()

    own = of(runs[1], log)
    assert first["results"] == own[:2]
    assert second["results"] == own[2:4]
    assert rest["results"] == own[3:]
    assert rest["next"] is None
    assert rest["head"] == log[-1]["id"]


def test_foreign_and_unknown_runs_are_the_same_404(live_ada: LivePerson, live_eve: LivePerson) -> None:
    run = said(live_ada, live_ada.conversation(), "Hello")

    for headers in (STREAM, {}):
        foreign, unknown = (live_eve.http.get(path(id), headers=headers) for id in (run, UNKNOWN))
        assert foreign.status_code == unknown.status_code == 404
        assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


def test_answer_that_is_for_its_asker_alone_is_no_ones_else_here_either(
    live_ada: LivePerson, live_bob: LivePerson
) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, TEXT, "test.recite", metadata={"audience": "sender"})

    with followed(live_ada, run) as adas, followed(live_bob, run) as bobs:
        hers, his = everything(adas), everything(bobs)

    wire.check_answer(hers, TEXT)
    assert wire.deltas(his) == []
    assert [event["type"] for event in wire.durable(his)] == [
        "message.received",
        "run.queued",
        "run.started",
        "run.completed",
    ]
    assert wire.durable(his) == live_bob.http.get(path(run)).json()["results"]


def test_ticket_opens_the_stream_and_its_cookie_brings_the_browser_back_until_the_end(
    live_ada: LivePerson, server: Server
) -> None:
    run = said(live_ada, live_ada.conversation(), "Hello")
    ticket = live_ada.http.post("/api/v1/auth/ticket", json={"target": path(run)}).json()["ticket"]

    with httpx.Client(base_url=server.url, timeout=PATIENCE, headers=STREAM) as browser:
        with browser.stream("GET", path(run), params={"ticket": ticket}) as response:
            seen = everything(Stream(response))
        browser.cookies.clear()
        again = browser.get(path(run), params={"ticket": ticket}, headers={"Last-Event-ID": seen[-2]["id"]})
        browser.cookies.update(response.cookies)
        back = browser.get(path(run), params={"ticket": ticket}, headers={"Last-Event-ID": seen[-2]["id"]})

    assert f"Path={path(run)}" in response.headers["Set-Cookie"]
    assert back.status_code == 204
    assert (again.status_code, again.json()["code"]) == (401, "ticket_invalid")


def test_deleted_conversation_ends_the_streams_of_its_runs(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, TEXT, "test.recite", parts=[prompter.part])

    with followed(live_ada, run) as client:
        client.until("run.started")
        assert live_ada.http.delete(f"/api/v1/conversations/{conversation}/").status_code == 204
        events = [frame["data"] for frame in client.frames()]

    assert events[-1]["data"] == {"reason": "forbidden"}
    prompter.allow(len(TEXT))


def test_silent_run_in_a_loud_conversation_has_its_heartbeats(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation(policy="parallel")
    silent = said(live_ada, conversation, "60", "test.ponder")

    with live_ada.http.stream("GET", path(silent), headers=STREAM) as response:
        blocks = wire.raw(response)
        next(block for block in blocks if block.get("event") == wire.DELTA)
        loud = said(live_ada, conversation, "x" * 1500, "test.recite")  # half a minute
        beat = next(blocks)

    assert beat == {"": ""}
    assert live_ada.http.get(f"/api/v1/runs/{loud}/").json()["state"] == "running"
