"""Who is typing: shown to all who follow the conversation, on every process, and kept nowhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.live import LivePerson, Socket
from tests.modes import PRODUCTION

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def second(deployment: Deployment, server: Server) -> Server:
    return deployment.serve()


@contextmanager
def following(person: LivePerson, conversation: str) -> Iterator[Socket]:
    with person.socket() as socket:
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        socket.until("stream.ready")
        yield socket


def typing(socket: Socket, conversation: str) -> dict[str, Any]:
    return socket.ask({"op": "typing", "conversation": conversation})


def id_of(person: LivePerson) -> str:
    return str(person.http.get("/api/v1/me").json()["user"]["id"])


def test_follower_sees_who_types(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()
    workspace = live_ada.http.get(f"/api/v1/conversations/{conversation}/").json()["workspace"]

    with following(live_ada, conversation) as hers, following(live_bob, conversation) as his:
        answer = typing(his, conversation)
        seen = hers.until("typing")[-1]
        own = his.until("typing")[-1]

    assert answer["data"] == {"conversation": conversation, "told": True}
    assert seen == own
    assert seen.pop("time")
    assert seen == {
        "id": None,
        "type": "typing",
        "stream": f"conversation:{conversation}",
        "conversation": conversation,
        "workspace": workspace,
        "seq": None,
        "run": None,
        "message": None,
        "actor": {"kind": "user", "id": id_of(live_bob)},
        "request_id": "",
        "data": {"user": id_of(live_bob), "username": "bob"},
    }


def test_stream_shows_it_without_a_cursor_and_resumes_as_before(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()
    live_ada.say(conversation, "Hello")
    entries = live_ada.settled(conversation, 1)

    with live_ada.stream(conversation) as stream, live_bob.socket() as his:
        frames = stream.frames()
        before = [next(frames) for _ in range(len(entries) + 1)]
        typing(his, conversation)
        shown = next(frames)
    with live_ada.stream(conversation, before[-1]["id"]) as stream:
        ready = next(stream.frames())["data"]

    assert shown["event"] == "typing"
    assert "id" not in shown
    assert ready["data"] == {"resumed": True, "head": entries[-1]["id"]}
    assert live_ada.events(conversation) == entries


def test_who_types_on_is_shown_at_most_every_two_seconds(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()

    with following(live_ada, conversation) as hers, live_bob.socket() as his, live_bob.socket() as other:
        began = time.monotonic()
        told = [typing(socket, conversation)["data"]["told"] for socket in (his, other) * 10]
        took = time.monotonic() - began
        live_ada.say(conversation, "Enough")
        seen = [event["type"] for event in hers.until("run.completed")]

    assert told[0]
    assert sum(told) <= 1 + took / 2
    assert seen.count("typing") == sum(told)


def test_each_user_and_each_conversation_is_told_apart(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversations = [live_ada.conversation() for _ in range(2)]

    with live_ada.socket() as hers, live_bob.socket() as his:
        told = [typing(socket, id)["data"]["told"] for socket in (hers, his) for id in conversations]

    assert told == [True] * 4


def test_who_may_not_write_there_tells_nobody(live_ada: LivePerson, live_bob: LivePerson, live_eve: LivePerson) -> None:
    conversation, archived, reads = live_ada.conversation(), live_ada.conversation(), live_eve.conversation()
    live_ada.http.patch(f"/api/v1/conversations/{archived}/", json={"archived": True})
    workspace = live_eve.http.get(f"/api/v1/conversations/{reads}/").json()["workspace"]
    members = f"/api/v1/workspaces/{workspace}/members/"
    live_eve.http.post(members, json={"username": "bob", "role": "viewer"}).raise_for_status()

    with following(live_ada, conversation) as hers, live_eve.socket() as eve, live_bob.socket() as bob:
        foreign, unknown = typing(eve, conversation), typing(eve, UNKNOWN)
        viewer, nowhere = typing(bob, reads), typing(bob, archived)
        missing = eve.ask({"op": "typing"})
        live_ada.say(conversation, "Hello")
        seen = {event["type"] for event in hers.until("run.completed")}

    assert foreign["problem"]["code"] == unknown["problem"]["code"] == "not_found"
    assert foreign["problem"]["detail"] == unknown["problem"]["detail"]
    codes = [answer["problem"]["code"] for answer in (viewer, nowhere, missing)]
    assert codes == ["forbidden", "conversation_archived", "bad_frame"]
    assert "typing" not in seen


@pytest.mark.skipif(not PRODUCTION, reason="without Redis nothing carries notes between processes")
def test_it_is_seen_on_another_process(live_ada: LivePerson, live_bob: LivePerson, second: Server) -> None:
    conversation = live_ada.conversation()

    with following(second.person("ada"), conversation) as hers, live_bob.socket() as his:
        typing(his, conversation)

        assert hers.until("typing")[-1]["data"]["username"] == "bob"
