"""What followers see of messages that are held, released, refused or blocked: each exactly what is theirs to see."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch.control import PATH
from tests.live import LivePerson, Socket
from tests.modes import PRODUCTION

MARKED = {"EXTRA_APPS": "tests.marked_app", "FILTERS": "shape,marked"}


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(**MARKED)


@pytest.fixture(scope="module")
def elsewhere(deployment: Deployment, server: Server) -> Server:
    """Another process, where something carries notes between processes."""
    return deployment.serve(**MARKED) if PRODUCTION else server


@pytest.fixture(scope="module")
def member(live_ada: LivePerson, live_eve: LivePerson) -> LivePerson:
    """eve, a member here: neither author nor staff."""
    workspace = live_ada.http.get(f"{PATH}/workspaces/").json()["results"][0]["id"]
    body = {"username": "eve", "role": "editor"}
    live_ada.http.post(f"{PATH}/workspaces/{workspace}/members/", json=body).raise_for_status()
    return live_eve


@contextmanager
def following(person: LivePerson, conversation: str) -> Iterator[Socket]:
    with person.socket() as socket:
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        socket.until("stream.ready")
        yield socket


def review_of(person: LivePerson, message: str) -> str:
    page = person.http.get(f"{PATH}/review/").json()["results"]
    return str(next(review["id"] for review in page if review["message"]["id"] == message))


def decide(person: LivePerson, message: str, verb: str) -> None:
    person.http.post(f"{PATH}/review/{review_of(person, message)}/{verb}").raise_for_status()


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events if event["type"] not in ("stream.ready", "message.delta")]


ANSWERED = ["run.queued", "run.started", "message.completed", "run.completed"]


def test_a_held_message_is_streamed_to_its_author_and_staff_and_to_all_once_it_is_released(
    live_ada: LivePerson, live_bob: LivePerson, member: LivePerson
) -> None:
    conversation = live_ada.conversation()
    with (
        live_bob.stream(conversation) as his,
        following(live_ada, conversation) as hers,
        following(member, conversation) as others,
    ):
        taken = live_bob.say(conversation, "My dog is Rex. HOLD ME").json()
        live_ada.say(conversation, "Hello")
        for frames in (hers, others):
            frames.until("run.completed")
        decide(live_ada, taken["message"], "release")

        seen = [his.until("run.completed") + his.until("run.completed"), hers.until("run.completed")]
        theirs = others.until("run.completed")

    received = ["message.received", *ANSWERED]
    assert types(seen[0]) == ["message.quarantined", *received, "message.released", *ANSWERED]
    assert types(seen[1]) == types(theirs) == ["message.released", *ANSWERED]
    released = theirs[0]["data"]["message"]
    assert (released["id"], released["text"], released["status"]) == (
        taken["message"],
        "My dog is Rex. HOLD ME",
        "received",
    )
    assert released["seq"] < theirs[0]["seq"]
    reply = next(event for event in theirs if event["type"] == "message.completed")["data"]["message"]
    assert reply["reply_to"] == taken["message"]
    with member.stream(conversation) as again:
        log = types(again.until("run.completed") + again.until("run.completed"))
    assert log == [*received, "message.released", *ANSWERED]


def test_a_refusal_by_a_reviewer_is_told_to_the_author_with_a_cursor(
    live_ada: LivePerson, live_bob: LivePerson, member: LivePerson
) -> None:
    conversation = live_ada.conversation()
    taken = live_bob.say(conversation, "HOLD ME", key="mine").json()
    with following(live_bob, conversation) as his, following(member, conversation) as others:
        decide(live_ada, taken["message"], "reject")
        live_ada.say(conversation, "Hello")

        told, rest = his.until("message.rejected")[-1], others.until("run.completed")
        his.until("run.completed")  # what is left unread would hold up its end

    assert told["id"]
    assert told["data"] == {
        "client_id": "mine",
        "code": "message_rejected",
        "message": taken["message"],
        "reason": "rejected",
    }
    assert types(rest) == ["message.received", *ANSWERED]
    assert taken["message"] not in str(member.messages(conversation))


@pytest.mark.parametrize("door", ["rest", "socket"])
def test_a_block_is_told_on_all_streams_of_its_sender_and_on_no_other(
    live_ada: LivePerson, live_bob: LivePerson, member: LivePerson, elsewhere: Server, door: str
) -> None:
    conversation = live_ada.conversation()
    with (
        live_bob.stream(conversation) as stream,
        following(live_bob, conversation) as his,
        following(elsewhere.person("bob"), conversation) as away,
        following(live_ada, conversation) as hers,
        following(member, conversation) as others,
    ):
        assert stream.until("stream.ready")
        if door == "rest":
            problem = live_bob.say(conversation, "BLOCK ME", key="mine").json()
        else:
            frame = {"op": "send", "conversation": conversation, "client_id": "mine", "text": "BLOCK ME"}
            problem = his.ask(frame)["problem"]
        told = [source.until("message.rejected")[-1] for source in (stream, his, away)]
        live_ada.say(conversation, "Hello")
        rest = [source.until("run.completed") for source in (hers, others, his, away)]

    assert (problem["status"], problem["code"], problem["detail"]) == (422, "message_blocked", "Not in this house.")
    for event in told:
        assert (event["id"], event["seq"], event["message"]) == (None, None, None)
        assert event["data"] == {"client_id": "mine", "code": "message_blocked"}
        assert event["request_id"] == problem["request_id"]
    assert [types(seen) for seen in rest] == [["message.received", *ANSWERED]] * 4
    assert "message.rejected" not in types(live_bob.events(conversation))
