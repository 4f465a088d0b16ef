"""Limits of a user's sockets and of a socket's streams, and how clients that do not keep up are let go.

The server's limits and deadlines are small here.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.deployment import Deployment, Server
from tests.dispatch import rawsocket, wire
from tests.dispatch.logs_of import rename_often
from tests.live import LivePerson, Socket, eventually, opened

LIMIT = 3
LIMITS = {"SOCKETS_PER_USER": str(LIMIT), "SUBSCRIPTIONS_PER_SOCKET": "2"}
DEADLINES = {"ACK_SECONDS": "1", "PING_SECONDS": "1", "PONG_SECONDS": "2"}


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(**LIMITS, **DEADLINES)


def one_more(person: LivePerson, by_head: bool = True) -> Any:
    headers = {"Authorization": person.http.headers["Authorization"]} if by_head else {}
    return opened(person.url.replace("http", "ws") + "/ws/v1/", additional_headers=headers)


@contextmanager
def full(person: LivePerson) -> Iterator[list[Socket]]:
    """As many sockets of a person's as there may be. Those of an earlier test may still be on their way out."""
    with ExitStack() as stack:
        yield [eventually(partial(admitted, person, stack)) for _ in range(LIMIT)]


def admitted(person: LivePerson, stack: ExitStack) -> Socket | None:
    socket: Socket = stack.enter_context(one_more(person))
    with suppress(ConnectionClosed):
        socket.ask({"op": "ping"})
        return socket
    return None


def test_one_socket_too_many_is_refused_and_the_others_stay(live_ada: LivePerson, live_bob: LivePerson) -> None:
    with full(live_ada) as sockets, one_more(live_ada) as extra, one_more(live_ada, by_head=False) as other:
        other.send({"op": "auth", "token": live_ada.tokens["access"], "ref": "x"})
        refused = [wire.closed(extra), wire.closed(other)]

        assert [socket.ask({"op": "ping"})["type"] for socket in sockets] == ["ok"] * LIMIT
        with live_bob.socket() as his:
            assert his.ask({"op": "ping"})["type"] == "ok"

    assert [code for _, code in refused] == [4429, 4429]
    problems = [answer["problem"] for pushed, _ in refused for answer in pushed]
    assert [problem["code"] for problem in problems] == ["too_many_sockets"] * 2
    assert f"{LIMIT} sockets" in problems[0]["detail"]
    assert refused[1][0][0]["ref"] == "x"


def test_closed_socket_makes_room_for_another(live_ada: LivePerson) -> None:
    with full(live_ada) as sockets, ExitStack() as stack:
        assert admitted(live_ada, stack) is None

        sockets[0].connection.close()

        assert eventually(lambda: admitted(live_ada, stack))
        assert admitted(live_ada, stack) is None


def test_one_subscription_too_many_is_refused_and_names_the_limit(live_bob: LivePerson) -> None:
    streams = [{"stream": f"conversation:{live_bob.conversation()}"} for _ in range(3)]

    with live_bob.socket() as socket:
        for stream in streams[:2]:
            assert socket.ask({"op": "subscribe", **stream})["type"] == "ok"
        extra = socket.ask({"op": "subscribe", **streams[2]})
        again = socket.ask({"op": "subscribe", **streams[1]})
        socket.ask({"op": "unsubscribe", **streams[0]})
        instead = socket.ask({"op": "subscribe", **streams[2]})

    assert extra["problem"]["code"] == "too_many_subscriptions"
    assert "At most 2 " in extra["problem"]["detail"]
    assert (again["type"], instead["type"]) == ("ok", "ok")


def test_client_that_never_acknowledges_is_closed_with_4408_and_loses_nothing(
    deployment: Deployment, live_bob: LivePerson
) -> None:
    stream = rename_often(deployment, live_bob, 300)
    with live_bob.socket() as socket:
        socket.ask({"op": "subscribe", "stream": stream})
        pushed, code = wire.closed(socket)
        reason = socket.connection.close_reason
    before = wire.durable(pushed)

    with live_bob.socket(max_queue=None) as socket:
        socket.ask({"op": "subscribe", "stream": stream, "after": before[-1]["id"]})
        after = [socket.next() for _ in range(20)]

    assert (code, reason) == (4408, "too_slow")
    assert pushed[-1]["type"] == "stream.end"
    assert pushed[-1]["data"] == {"reason": "too_slow"}
    assert len(before) == 256
    seen = before + wire.durable(after)
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))


def test_client_that_answers_no_ping_is_let_go_and_one_that_does_is_kept(live_eve: LivePerson, server: Server) -> None:
    """Pings go out after a second without a frame, looked for every two; two seconds are left for the pong."""
    with live_eve.socket() as calm, rawsocket.opened(server, live_eve.tokens["access"]) as silent:
        began = time.monotonic()
        with suppress(ConnectionResetError):
            while silent.connection.recv(65536):
                pass
        ended = time.monotonic() - began

        assert ended > 2
        assert calm.ask({"op": "ping"})["type"] == "ok"


def test_client_that_answers_pings_by_hand_is_kept(live_eve: LivePerson, server: Server) -> None:
    with rawsocket.opened(server, live_eve.tokens["access"]) as patient:
        for _ in range(4):  # longer than one that is silent is kept
            opcode, payload = patient.read()
            assert opcode == rawsocket.PING
            patient.send(rawsocket.framed(rawsocket.PONG, payload))
        patient.send(rawsocket.framed(rawsocket.TEXT, rawsocket.asked(op="ping")))

        assert patient.answer()["type"] == "ok"
