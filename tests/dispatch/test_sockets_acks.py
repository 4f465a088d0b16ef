"""Acknowledging: at most 256 events are on their way to a client, and the log goes on where it was."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.logs_of import rename_often
from tests.live import LivePerson, Socket

WINDOW = 256
UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(ACK_SECONDS="600")


@pytest.fixture(scope="module")
def long(deployment: Deployment, live_ada: LivePerson) -> str:
    """The key of a log with more events than a client gets at once."""
    return rename_often(deployment, live_ada, 2 * WINDOW)


@pytest.fixture
def socket(live_ada: LivePerson) -> Iterator[Socket]:
    with live_ada.socket(max_queue=None) as opened:  # with frames unread in a short queue its close takes ten seconds
        yield opened


def stored(socket: Socket, count: int) -> list[dict[str, Any]]:
    """The next so many durable events."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        found += wire.durable([socket.next()])
    return found


def is_silent(socket: Socket) -> bool:
    """Whether nothing is pushed: what would be pushed is sent before a few answers are."""
    for _ in range(10):
        assert socket.ask({"op": "ping"})["type"] == "ok"
    return wire.durable(socket.pushed) == []


def code(answer: dict[str, Any]) -> str:
    assert answer["type"] == "error", answer
    return str(answer["problem"]["code"])


def test_pushing_pauses_after_256_events_and_goes_on_after_an_acknowledgement(socket: Socket, long: str) -> None:
    socket.ask({"op": "subscribe", "stream": long})
    seen = stored(socket, WINDOW)
    paused = is_silent(socket)

    answer = socket.ask({"op": "ack", "stream": long, "id": seen[99]["id"]})

    assert paused
    assert answer["data"] == {"stream": long, "unacknowledged": WINDOW - 100}
    seen += stored(socket, 100)
    assert is_silent(socket)
    assert [event["seq"] for event in seen] == list(range(1, WINDOW + 101))


def test_what_happens_during_the_pause_is_read_from_the_log(
    live_ada: LivePerson, live_bob: LivePerson, socket: Socket, long: str
) -> None:
    socket.ask({"op": "subscribe", "stream": long})
    seen = stored(socket, WINDOW)
    made = [live_bob.conversation() for _ in range(5)]

    while len(made) > len([event for event in seen if event["data"].get("conversation", {}).get("id") in made]):
        socket.ask({"op": "ack", "stream": long, "id": seen[-1]["id"]})
        seen += stored(socket, 1)

    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))


def test_pause_of_one_stream_leaves_the_others(live_ada: LivePerson, socket: Socket, long: str) -> None:
    conversation = live_ada.conversation()
    socket.ask({"op": "subscribe", "stream": long})
    stored(socket, WINDOW)

    socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
    live_ada.say(conversation, "Hello")

    assert wire.durable(socket.until("run.completed")) == live_ada.events(conversation)


def test_conversation_names_its_stream(live_ada: LivePerson, socket: Socket) -> None:
    conversation = live_ada.conversation()
    socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
    live_ada.say(conversation, "Hello")
    seen = wire.durable(socket.until("run.completed"))

    first = socket.ask({"op": "ack", "conversation": conversation, "id": seen[0]["id"]})
    last = socket.ask({"op": "ack", "conversation": conversation.upper(), "id": seen[-1]["id"]})
    again = socket.ask({"op": "ack", "conversation": conversation, "id": seen[0]["id"]})

    assert [answer["data"]["unacknowledged"] for answer in (first, last, again)] == [len(seen) - 1, 0, 0]
    assert first["data"]["stream"] == f"conversation:{conversation}"


def test_cursor_inside_an_answer_acknowledges_what_came_before_it(live_ada: LivePerson, socket: Socket) -> None:
    conversation = live_ada.conversation()
    socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
    live_ada.say(conversation, "Hello")
    seen = wire.durable(socket.until("run.completed"))
    inside = f"{seen[2]['id']}~{UNKNOWN}.1.3"

    answer = socket.ask({"op": "ack", "conversation": conversation, "id": inside})

    assert answer["data"]["unacknowledged"] == len(seen) - 3


def test_cursor_that_a_client_came_with_is_acknowledged(live_ada: LivePerson, socket: Socket) -> None:
    conversation = live_ada.conversation()
    live_ada.say(conversation, "Hello")
    head = live_ada.settled(conversation, 1)[-1]["id"]
    socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}", "after": head})

    answer = socket.ask({"op": "ack", "conversation": conversation, "id": head})

    assert answer["data"]["unacknowledged"] == 0


def test_acknowledgement_of_what_was_not_sent_is_refused(live_ada: LivePerson, socket: Socket) -> None:
    conversation = live_ada.conversation()
    stream = {"op": "ack", "stream": f"conversation:{conversation}"}
    socket.ask({"op": "subscribe", "stream": stream["stream"]})
    unsent = code(socket.ask({**stream, "id": "1-1"}))
    live_ada.say(conversation, "Hello")
    last = wire.durable(socket.until("run.completed"))[-1]
    epoch = last["id"].split("-")[0]

    ahead = socket.ask({**stream, "id": f"{epoch}-{last['seq'] + 1}"})
    refused = [
        socket.ask({**stream, "id": f"{int(epoch) + 1}-1"}),
        socket.ask({**stream, "id": "garbage"}),
        socket.ask({**stream}),
        socket.ask({**stream, "conversation": conversation, "id": last["id"]}),
        socket.ask({"op": "ack", "id": last["id"]}),
        socket.ask({"op": "ack", "stream": f"conversation:{UNKNOWN}", "id": last["id"]}),
        socket.ask({"op": "ack", "stream": "nothing", "id": last["id"]}),
    ]

    assert (unsent, code(ahead)) == ("not_sent", "not_sent")
    assert last["id"] in ahead["problem"]["detail"]
    codes = ["not_sent", "malformed_cursor", "bad_frame", "bad_frame", "bad_frame", "not_found", "not_found"]
    assert [code(answer) for answer in refused] == codes
    assert socket.ask({**stream, "id": last["id"]})["type"] == "ok"


def test_subscribing_again_begins_a_new_window(socket: Socket, long: str) -> None:
    socket.ask({"op": "subscribe", "stream": long})
    last = stored(socket, WINDOW)[-1]

    socket.ask({"op": "subscribe", "stream": long, "after": last["id"]})

    assert [event["seq"] for event in stored(socket, 10)] == list(range(WINDOW + 1, WINDOW + 11))
