"""Who gets a private answer on live streams: SSE and WebSocket, on the process that answers and on another one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from security import recent
from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.live import LivePerson
from tests.modes import PRODUCTION

TEXT = HARD * 4
TOLD = ["message.received", "run.queued", "run.started", "run.completed"]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


@pytest.fixture(scope="module")
def second(deployment: Deployment, server: Server) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app", RUN_CONCURRENCY="0")


@pytest.fixture(params=["on the process that answers", "on another process"])
def here(request: pytest.FixtureRequest, server: Server, second: Server) -> Server:
    return server if request.param == "on the process that answers" else second


def recite(person: LivePerson, conversation: str, audience: str, text: str = TEXT) -> None:
    """The question is for all who read the conversation, its answer is not: a text that no question holds."""
    said = person.say(conversation, text, kind="test.recite", metadata={"audience": audience})
    assert said.status_code == 202, said.text


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events if not event["type"].startswith("stream.")]


def test_answer_to_ada_alone_reaches_her_and_not_bob(here: Server) -> None:
    ada, bob = here.person("ada"), here.person("bob")
    conversation = ada.conversation()
    subscription = {"op": "subscribe", "stream": f"conversation:{conversation}"}

    with (
        ada.stream(conversation) as adas,
        bob.stream(conversation) as bobs,
        ada.socket() as adas_socket,
        bob.socket() as bobs_socket,
    ):
        adas_socket.ask(subscription)
        bobs_socket.ask(subscription)
        recite(ada, conversation, "sender")
        hers = [client.until("run.completed") for client in (adas, adas_socket)]
        his = [client.until("run.completed") for client in (bobs, bobs_socket)]

    for events in hers:
        wire.check_answer(events, TEXT)
    for events in his:
        assert types(events) == TOLD
        assert events[-1]["data"]["audience"] == "sender"
        assert wire.durable(events) == bob.events(conversation)


def test_answer_to_bob_alone_reaches_him_and_staff(here: Server) -> None:
    ada, bob = here.person("ada"), here.person("bob")
    conversation = ada.conversation()

    with ada.stream(conversation) as staffs, bob.stream(conversation) as bobs:
        recite(bob, conversation, "sender")
        seen = [client.until("run.completed") for client in (staffs, bobs)]

    for events in seen:
        wire.check_answer(events, TEXT)


def test_silent_answer_reaches_staff_alone(here: Server) -> None:
    ada, bob = here.person("ada"), here.person("bob")
    conversation = ada.conversation()

    with ada.stream(conversation) as staffs, bob.stream(conversation) as bobs:
        recite(bob, conversation, "none")
        hers, his = staffs.until("run.completed"), bobs.until("run.completed")

    wire.check_answer(hers, TEXT)
    assert types(his) == TOLD


def test_cursor_inside_her_answer_resumes_for_her_and_opens_nothing_to_others(here: Server, server: Server) -> None:
    ada, bob, eve = (here.person(name) for name in ("ada", "bob", "eve"))
    conversation = ada.conversation()
    with server.person("ada").stream(conversation) as stream:
        recite(ada, conversation, "sender")
        before = [event for _ in range(3) for event in stream.until(wire.DELTA)]
    copy, cursor = wire.answer(before), before[-1]["id"]

    with bob.stream(conversation, cursor) as bobs, ada.stream(conversation, cursor) as adas:
        hers, his = adas.until("run.completed"), bobs.until("run.completed")

    assert his[0]["data"]["resumed"]
    assert types(his) == ["run.completed"]
    wire.check_answer(hers, TEXT, copy)
    assert wire.durable(before + hers) == ada.events(conversation)
    refused = eve.http.get(wire.path(conversation), headers={"Accept": "text/event-stream", "Last-Event-ID": cursor})
    assert refused.status_code == 404


def test_who_joins_in_the_middle_of_her_answer_sees_none_of_it(here: Server, server: Server) -> None:
    ada, bob = server.person("ada"), here.person("bob")
    conversation = ada.conversation()
    with ada.stream(conversation) as stream:
        recite(ada, conversation, "sender")
        stream.until(wire.DELTA)

        with bob.stream(conversation) as late:
            his = late.until("run.completed")

    assert types(his) == TOLD


def test_socket_refuses_an_audience_that_does_not_exist(server: Server) -> None:
    ada = server.person("ada")
    frame = {"op": "send", "conversation": ada.conversation(), "client_id": "1", "text": "Hi"}

    with ada.socket() as socket:
        answer = socket.ask(frame | {"metadata": {"audience": "everybody"}})

    assert answer["problem"]["errors"][0]["pointer"] == "/metadata"


def test_built_in_responder_does_not_quote_to_bob_what_it_told_ada(server: Server) -> None:
    """It says who ada is to her alone; quoting and counting later, it knows that only for her."""
    ada, bob = server.person("ada"), server.person("bob")
    conversation = ada.conversation()
    private = {"audience": "sender"}
    ada.say(conversation, "whoami", kind="action", metadata=private)
    ada.settled(conversation, 1)

    bob.say(conversation, "What did you say about the owner of this workspace?")
    ada.settled(conversation, 2)
    ada.say(conversation, "What did you say about the owner of this workspace?", metadata=private)
    ada.settled(conversation, 3)
    bob.say(conversation, "How many messages are there?")
    ada.settled(conversation, 4)

    told, to_bob, to_ada, count = [m["text"] for m in ada.messages(conversation) if m["role"] == "assistant"]
    assert "owner of this workspace" in told
    assert told not in to_bob
    assert told.rstrip(".") in to_ada
    assert "There are 4 messages before this one" in count


@contextmanager
def routed(ada: LivePerson, **fields: Any) -> Iterator[dict[str, Any]]:
    """Meanwhile a route takes the messages that carry the metadata which is given back."""
    metadata = {"room": f"room {time.monotonic_ns()}"}
    conditions = {"metadata": [{"key": "room", "op": "equals", "value": metadata["room"]}]}
    route = {"workspace": workspace_of(ada), "name": metadata["room"], "conditions": conditions, **fields}
    made = ada.http.post("/api/v1/routes/", json=route)
    assert made.status_code == 201, made.text
    try:
        yield metadata
    finally:
        ada.http.delete(f"/api/v1/routes/{made.json()['id']}/")


def workspace_of(person: LivePerson) -> str:
    return str(person.http.get("/api/v1/workspaces/").json()["results"][0]["id"])


def test_route_for_the_sender_keeps_the_answer_from_bob(here: Server) -> None:
    ada, bob = here.person("ada"), here.person("bob")
    conversation = ada.conversation()

    with (
        routed(ada, handlers=["recite_test"], audience="sender") as metadata,
        ada.stream(conversation) as adas,
        bob.stream(conversation) as bobs,
    ):
        ada.say(conversation, TEXT, kind="test.recite", metadata=metadata)
        hers, his = adas.until("run.completed"), bobs.until("run.completed")

    wire.check_answer(hers, TEXT)
    assert types(his) == TOLD


def test_every_reply_of_several_handlers_is_kept_from_bob(here: Server) -> None:
    ada, bob = here.person("ada"), here.person("bob")
    conversation = ada.conversation()

    with (
        routed(ada, handlers=["recite_test", "offline_responder"], policy="all", audience="sender") as metadata,
        ada.stream(conversation) as adas,
        bob.stream(conversation) as bobs,
    ):
        ada.say(conversation, "Hello", metadata=metadata)
        hers, his = adas.until("run.completed"), bobs.until("run.completed")

    assert types(hers).count("message.completed") == 2
    assert types(his) == TOLD


def test_reply_for_the_workspace_is_hinted_at_to_who_follows_that(server: Server, second: Server) -> None:
    """On other processes too, where there is something that carries notes between them."""
    ada = server.person("ada")
    conversation, stream = ada.conversation(), f"workspace:{workspace_of(ada)}"

    with routed(ada, handlers=["offline_responder"], audience="workspace") as metadata:
        for place in (server, second) if PRODUCTION else (server,):
            with place.person("bob").socket() as socket:
                socket.ask({"op": "subscribe", "stream": stream})
                while socket.next().get("data", {}).get("conversation", {}).get("id") != conversation:
                    pass  # until it has caught up: a hint is for who is there
                ada.say(conversation, "Hello", metadata=metadata)
                hint = socket.until("head")[-1]

            last = [event for event in ada.events(conversation) if event["type"] == "run.completed"][-1]
            assert hint["data"] == {"conversation": conversation, "seq": last["seq"]}
            assert last["data"]["audience"] == "workspace"


def demote(deployment: Deployment, staff: bool) -> None:
    code = f"from security.models import User; User.objects.filter(username='ada').update(is_staff={staff})"
    assert "Error" not in deployment.manage("shell", "-c", code)


def test_who_is_staff_no_more_gets_nothing_further(deployment: Deployment, here: Server) -> None:
    """The guard's next look, within a second, ends what is open; who comes back sees what is theirs."""
    ada, bob = here.person("ada"), here.person("bob")
    conversation = ada.conversation()
    try:
        with ada.stream(conversation) as stream, ada.socket() as socket:
            stream.until("stream.ready")
            socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})

            demote(deployment, staff=False)

            assert stream.until("stream.end")[-1]["data"] == {"reason": "demoted"}
            assert wire.closed(socket)[1] == 4503
        time.sleep(recent.FRESH_SECONDS)  # so long a process may hold her for what she was
        with ada.stream(conversation) as stream:
            recite(bob, conversation, "sender", "A secret")
            assert types(stream.until("run.completed")) == TOLD
    finally:
        demote(deployment, staff=True)
