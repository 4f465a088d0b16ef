"""Whatever a handler does, its run ends with one final event and a marked reply, and nobody else waits for it."""

from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.deployment import Deployment, Server
from tests.live import PATIENCE, LivePerson, eventually


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.handlers_app")


def outcome(person: LivePerson, kind: str, text: str = "x", seconds: float = PATIENCE) -> dict[str, Any]:
    """The one final event of a message of this kind, and the reply."""
    conversation = person.conversation()
    person.say(conversation, text, kind=kind)
    events = person.settled(conversation, 1, seconds)
    finals = [event for event in events if event["type"] in ("run.completed", "run.failed", "run.dead")]
    replies = [message for message in person.messages(conversation) if message["role"] == "assistant"]
    assert len(finals) == 1
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    return {"type": finals[0]["type"], "data": finals[0]["data"], "replies": replies}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("test.raise", "handler_error"),
        ("test.raise_sync", "handler_error"),
        ("test.stop_iteration", "handler_error"),
        ("test.exit", "handler_error"),
        ("test.garbage", "handler_error"),
        ("test.surrogate", "handler_error"),
        ("test.surrogate_reply", "handler_error"),
        ("test.not_json", "handler_error"),
        ("test.nul", "handler_error"),
        ("test.long_kind", "handler_error"),
        ("test.bad_part", "handler_error"),
        ("test.flood", "handler_error"),
        ("test.parts_number", "handler_error"),
        ("test.parts_text", "handler_error"),
        ("test.metadata_list", "handler_error"),
        ("test.metadata_keys", "handler_error"),
        ("test.metadata_large", "handler_error"),
        ("test.nul_kind", "handler_error"),
        ("test.own_exit", "handler_error"),
        ("test.own_exit_sync", "handler_error"),
        ("test.generator_exit", "handler_error"),
        ("test.hang", "timeout"),
        ("test.hang_sync", "timeout"),
        ("test.block", "timeout"),
        ("test.block_below", "timeout"),
    ],
)
def test_broken_handler_leaves_a_marked_fallback_and_a_failed_run(live_ada: LivePerson, kind: str, reason: str) -> None:
    ended = outcome(live_ada, kind)

    assert ended["type"] == "run.failed"
    assert ended["data"]["reason"] == reason
    assert [reply["metadata"] for reply in ended["replies"]] == [{"fallback": True, "reason": reason}]


def test_time_to_wait_that_is_none_is_the_usual_one(live_ada: LivePerson) -> None:
    ended = outcome(live_ada, "test.odd_after")

    assert [reply["text"] for reply in ended["replies"]] == ["here again"]


def test_handler_that_raises_what_is_no_exception_ends_no_neighbour(live_ada: LivePerson) -> None:
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    route = {"workspace": workspace, "name": "all", "conditions": {"kind": ["test.own_exit"]}, "policy": "all"}
    asked = ["own_exit_test", "sync_test", "echo_test"]
    made = live_ada.http.post("/api/v1/routes/", json=route | {"handlers": asked}).raise_for_status().json()

    ended = outcome(live_ada, "test.own_exit", "hello")

    live_ada.http.delete(f"/api/v1/routes/{made['id']}/").raise_for_status()
    assert [reply["text"] for reply in ended["replies"]] == ["one two three", "echo: hello"]


def test_sync_handler_streams_what_it_says(live_ada: LivePerson) -> None:
    ended = outcome(live_ada, "test.sync")

    assert ended["type"] == "run.completed"
    assert [reply["text"] for reply in ended["replies"]] == ["one two three"]


def test_handler_that_passes_leaves_the_message_to_the_next(live_ada: LivePerson) -> None:
    assert [reply["text"] for reply in outcome(live_ada, "test.first")["replies"]] == ["second asked"]


def test_silent_handlers_complete_the_run_without_a_reply(live_ada: LivePerson) -> None:
    ended = outcome(live_ada, "test.silent")

    assert (ended["type"], ended["data"]["reply"], ended["replies"]) == ("run.completed", None, [])


def test_acceptance_and_others_do_not_wait_for_handlers_that_hang(live_ada: LivePerson, live_bob: LivePerson) -> None:
    for kind in ("test.hang", "test.hang_sync", "test.block"):
        assert live_ada.say(live_ada.conversation(), "x", kind=kind).status_code == 202

    ended = outcome(live_bob, "test.echo", "hello", seconds=25)  # the others have 30 s

    assert [reply["text"] for reply in ended["replies"]] == ["echo: hello"]


def test_handler_that_ends_its_process_costs_three_attempts_and_nobody_else(
    live_ada: LivePerson, live_bob: LivePerson, server: Server
) -> None:
    conversation = live_ada.conversation()
    with suppress(
        httpx.TransportError
    ):  # the process may die before its 202 is out; the message is stored all the same
        live_ada.say(conversation, "x", kind="test.die")

    events = eventually(lambda: _dead(live_ada, conversation), 3 * PATIENCE)
    server.wait()

    started = [event["data"]["attempt"] for event in events if event["type"] == "run.started"]
    assert started == [1, 2, 3]
    assert live_ada.messages(conversation)[-1]["metadata"] == {"fallback": True, "reason": "attempts_spent"}
    assert [reply["text"] for reply in outcome(live_bob, "test.echo", "hi")["replies"]] == ["echo: hi"]


def _dead(person: LivePerson, conversation: str) -> list[dict[str, Any]] | None:
    try:
        events = person.events(conversation)
    except (httpx.TransportError, AssertionError):  # the server is being restarted
        return None
    return events if events and events[-1]["type"] == "run.dead" else None
