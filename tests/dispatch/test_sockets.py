"""What a client asks on a socket, and what it is pushed."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from dispatch.operations import OPERATIONS
from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.live import LivePerson, Socket
from tests.speaking_app.prompter import Prompter

UNKNOWN = "00000000-0000-7000-8000-000000000000"
TEXT = HARD * 4


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


def subscribe(socket: Socket, conversation: str, **fields: Any) -> dict[str, Any]:
    return socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}", **fields})


def problem(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["type"], answer["problem"]["code"]


def test_answer_carries_the_reference_of_its_question(live_ada: LivePerson) -> None:
    with live_ada.socket() as socket:
        for ref in ("x", 7, None, {"any": ["thing"]}):
            socket.send({"op": "ping", "ref": ref})
            assert socket.next() == {"type": "ok", "op": "ping", "ref": ref, "data": {}}
            socket.send({"op": "nonsense", "ref": ref})
            assert socket.next()["ref"] == ref


def test_unknown_operation_is_told_which_there_are(live_ada: LivePerson) -> None:
    with live_ada.socket() as socket:
        for op in ("nonsense", None, ["ping"], {"ping": 1}):
            answer = socket.ask({"op": op})
            assert problem(answer) == ("error", "bad_frame")
            assert all(name in answer["problem"]["detail"] for name in OPERATIONS)
        assert socket.ask({"op": "ping"})["type"] == "ok"


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op != "send"])
def test_field_that_an_operation_has_not_is_refused_and_those_it_has_are_named(live_ada: LivePerson, op: str) -> None:
    with live_ada.socket() as socket:
        answer = socket.ask({"op": op, "afer": "7-1"})

        assert problem(answer) == ("error", "bad_frame")
        assert "afer" in answer["problem"]["detail"]
        assert all(name in answer["problem"]["detail"] for name in OPERATIONS[op].fields or ())
        assert socket.ask({"op": "ping"})["type"] == "ok"


def test_subscription_is_confirmed_before_it_begins(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()

    with live_ada.socket() as socket:
        for _ in range(20):
            answer = subscribe(socket, conversation)
            assert answer["data"] == {"stream": f"conversation:{conversation}"}
            assert [frame["type"] for frame in socket.pushed] == []
            assert socket.next()["type"] == "stream.ready"


def test_socket_is_pushed_the_entries_of_the_json_log(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    live_ada.say(conversation, "before")
    live_ada.settled(conversation, 1)

    with live_ada.socket() as socket:
        subscribe(socket, conversation)
        seen = socket.until("run.completed")
        live_ada.say(conversation, "after")
        seen += socket.until("run.completed")

    assert seen[0]["type"] == "stream.ready"
    assert wire.durable(seen) == live_ada.events(conversation)


def test_event_larger_than_a_client_may_send_is_pushed(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    parts = [{"type": "data", "data": {"large": [0.1234567890123456] * 50_000}}]

    with live_ada.socket(max_size=None) as socket:
        subscribe(socket, conversation)
        live_ada.say(conversation, "See below", parts=parts).raise_for_status()
        received = socket.until("run.completed")[1]

    assert received["type"] == "message.received"
    assert received["data"]["message"]["parts"] == parts


def test_subscription_resumes_after_a_cursor(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    live_ada.say(conversation, "before")
    entries = live_ada.settled(conversation, 1)

    with live_ada.socket() as socket:
        subscribe(socket, conversation, after=entries[2]["id"])
        seen = socket.until("run.completed")

    assert seen[0]["data"] == {"resumed": True, "head": entries[-1]["id"]}
    assert wire.durable(seen) == entries[3:]


def test_subscription_resumes_in_mid_answer(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation()
    with live_ada.socket() as socket:
        subscribe(socket, conversation)
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        before = wire.hear(socket, 10)
        prompter.allow(20)
    copy = wire.answer(before)

    with live_ada.socket() as socket:
        subscribe(socket, conversation, after=before[-1]["id"])
        after = socket.until(wire.DELTA)
        prompter.allow(len(TEXT))
        after += socket.until("run.completed")

    assert wire.deltas(after)[0]["data"]["offset"] == len(copy)
    wire.check_answer(after, TEXT, copy)


def test_cursor_that_cannot_be_honoured_is_reset(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()

    with live_ada.socket() as socket:
        subscribe(socket, conversation, after="1-1")
        reset = socket.until("stream.reset")[-1]
        assert problem(subscribe(socket, conversation, after="garbage")) == ("error", "malformed_cursor")
        assert problem(subscribe(socket, conversation, after=7)) == ("error", "bad_frame")
        live_ada.say(conversation, "still here")
        seen = socket.until("run.completed")

    assert reset["data"]["reason"] == "epoch"
    assert [event["seq"] for event in wire.durable(seen)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("stream", [f"conversation:{UNKNOWN}", "workspace:x", "", "nothing:at:all"])
def test_streams_that_are_not_there_are_not_found(live_ada: LivePerson, stream: str) -> None:
    with live_ada.socket() as socket:
        answer = socket.ask({"op": "subscribe", "stream": stream})

    assert problem(answer) == ("error", "not_found" if stream else "bad_frame")


def test_foreign_stream_is_not_found(live_ada: LivePerson, live_eve: LivePerson) -> None:
    conversation = live_ada.conversation()

    with live_eve.socket() as socket:
        foreign, unknown = subscribe(socket, conversation), subscribe(socket, UNKNOWN)
        sent = socket.ask({"op": "send", "conversation": conversation, "client_id": "1", "text": "hi"})

    assert problem(foreign) == problem(unknown) == problem(sent) == ("error", "not_found")
    assert foreign["problem"]["detail"] == unknown["problem"]["detail"]


@pytest.mark.parametrize("spell", [str.upper, lambda id: id.replace("-", ""), lambda id: "-" + id[:-1] + "-" + id[-1]])
def test_stream_is_followed_however_its_id_is_spelled(live_ada: LivePerson, spell: Callable[[str], str]) -> None:
    conversation = live_ada.conversation()

    with live_ada.socket() as socket:
        answer = subscribe(socket, spell(conversation))
        live_ada.say(conversation, "Hello")
        seen = socket.until("run.completed")
        left = socket.ask({"op": "unsubscribe", "stream": f"conversation:{spell(conversation)}"})

    assert answer["data"] == left["data"] == {"stream": f"conversation:{conversation}"}
    assert {event["stream"] for event in seen} == {f"conversation:{conversation}"}


def test_two_streams_on_one_socket_do_not_mix(live_ada: LivePerson) -> None:
    one, other = live_ada.conversation(), live_ada.conversation()

    with live_ada.socket() as socket:
        subscribe(socket, one)
        subscribe(socket, other)
        for conversation in (one, other):
            live_ada.say(conversation, f"in {conversation}")
        seen = socket.until("run.completed") + socket.until("run.completed")

    for conversation in (one, other):
        own = [event for event in wire.durable(seen) if event["conversation"] == conversation]
        assert own == live_ada.events(conversation)


def test_nothing_comes_after_unsubscribing(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    stream = {"stream": f"conversation:{conversation}"}

    with live_ada.socket() as socket:
        subscribe(socket, conversation)
        assert socket.ask({"op": "unsubscribe", **stream})["data"] == stream
        socket.pushed.clear()
        live_ada.say(conversation, "to nobody")
        live_ada.settled(conversation, 1)
        again = socket.ask({"op": "unsubscribe", **stream})

        assert problem(again) == ("error", "not_found")
        assert socket.pushed == []


def test_subscribing_and_unsubscribing_at_once_leaves_the_socket_whole(live_ada: LivePerson) -> None:
    stream = {"stream": f"conversation:{live_ada.conversation()}"}

    with live_ada.socket() as socket:
        for _ in range(10):
            socket.send({"op": "subscribe", **stream})
            socket.send({"op": "unsubscribe", **stream})
        assert socket.ask({"op": "ping"})["type"] == "ok"
        assert [frame for frame in socket.pushed if frame["type"] == "error"] == []
    with live_ada.socket() as socket:
        socket.send({"op": "subscribe", **stream})


def test_subscriptions_of_a_socket_are_bounded(live_ada: LivePerson) -> None:
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    conversations = [live_ada.conversation() for _ in range(100)]

    with live_ada.socket() as socket:
        answers = [subscribe(socket, conversation)["type"] for conversation in conversations]
        extra = socket.ask({"op": "subscribe", "stream": f"workspace:{workspace}"})

    assert answers == ["ok"] * 100
    assert problem(extra) == ("error", "too_many_subscriptions")


def test_message_sent_twice_is_one_on_every_door(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    frame = {"op": "send", "conversation": conversation, "client_id": "k-1", "kind": "text", "text": "Hello"}

    with live_ada.socket() as socket:
        answers = [socket.ask(frame)["data"] for _ in range(2)]
    rest = live_ada.say(conversation, "Hello", key="k-1")

    assert answers[0] == answers[1] == rest.json()
    assert rest.headers["Idempotency-Replayed"] == "true"
    assert len([message for message in live_ada.messages(conversation) if message["role"] == "user"]) == 1


def test_refused_message_is_an_error_and_the_socket_stays(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    send = {"op": "send", "conversation": conversation, "client_id": "k-1"}

    with live_ada.socket() as socket:
        socket.ask({**send, "text": "Hello"})
        answers = [
            socket.ask({**send, "text": "Something else"}),
            socket.ask({**send, "client_id": "k-2", "kind": "nonsense", "text": "x"}),
            socket.ask({**send, "client_id": "k-3", "role": "assistant", "text": "x"}),
            socket.ask({**send, "client_id": None, "text": "x"}),
            socket.ask({**send, "conversation": "x", "client_id": "k-4", "text": "x"}),
        ]
        assert socket.ask({"op": "ping"})["type"] == "ok"

    codes = [problem(answer)[1] for answer in answers]
    assert codes == ["idempotency_key_reused", "unknown_kind", "invalid", "bad_frame", "not_found"]


def test_token_is_renewed_on_the_open_socket(server: Server) -> None:
    ada = server.person("ada")
    fresh = ada.http.post("/api/v1/auth/refresh", json={"refresh": ada.tokens["refresh"]}).json()["access"]

    with ada.socket() as socket:
        renewed = socket.ask({"op": "auth", "token": fresh})

        assert renewed["type"] == "ok"
        assert socket.ask({"op": "ping"})["type"] == "ok"


def test_busy_operation_delays_no_push(live_ada: LivePerson) -> None:
    """Pushes and answers do not wait for each other."""
    conversation, other = live_ada.conversation(), live_ada.conversation()

    with live_ada.socket() as socket:
        subscribe(socket, conversation)
        for number in range(20):
            socket.send({"op": "send", "conversation": other, "client_id": f"{number}", "text": "x", "ref": "x"})
        began = time.monotonic()
        live_ada.say(conversation, "hi")
        socket.until("run.completed")

    assert time.monotonic() - began < 3 * 5
