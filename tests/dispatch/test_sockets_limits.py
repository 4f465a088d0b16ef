"""Clients that send nonsense, too much, or nothing: only their own socket suffers."""

import base64
import json
import os
import socket as sockets
from contextlib import suppress

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.deployment import Server
from tests.dispatch import wire
from tests.live import LivePerson
from tests.rawframes import frame

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "[]",
        '["op", "ping"]',
        '"ping"',
        "null",
        "7",
        "",
        "[" * 5000,
        '{"op": "ping", "op": "ping"}',
        '{"op": "ping", "ref": NaN}',
        '{"op": "ping", "ref": "\\ud800"}',
        '{"op": "ping", "ref": "\\u0000"}',
        b'{"op": "ping"}',
        b"\x00\xff",
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_frame_that_is_no_json_object_in_text_ends_the_socket(
    live_ada: LivePerson, frame: str | bytes, signed_in: bool
) -> None:
    with live_ada.socket(signed_in) as socket:
        socket.connection.send(frame)

        assert wire.closed(socket) == ([], 4400)


def test_frame_over_a_megabyte_ends_the_socket(live_ada: LivePerson, server: Server) -> None:
    with live_ada.socket() as socket:
        socket.send({"op": "ping", "ref": "x" * (MEGABYTE + 1)})

        assert wire.closed(socket)[1] == 1009
    with live_ada.socket() as socket:
        with suppress(ConnectionClosed):  # it may be told before all is sent
            socket.connection.send(iter(["x" * 1000] * 1100))
        assert wire.closed(socket)[1] == 1009


def test_flood_ends_its_socket_and_no_other(live_ada: LivePerson, live_bob: LivePerson, server: Server) -> None:
    frame = json.dumps({"op": "subscribe", "stream": f"conversation:{live_ada.conversation()}"})

    with live_bob.socket() as calm, live_ada.socket() as socket:
        before = server.process.memory_info().rss
        with suppress(ConnectionClosed):
            for _ in range(200_000):
                socket.connection.send(frame)
        assert wire.closed(socket)[1] in (4429, None)  # a reset overtakes the code where the client is busy sending
        assert calm.ask({"op": "ping"})["type"] == "ok"
        assert server.process.memory_info().rss - before < 20 * MEGABYTE


def test_flood_before_signing_in_ends_with_its_first_frame(live_ada: LivePerson) -> None:
    with live_ada.socket(signed_in=False) as socket:
        socket.connection.socket.sendall(frame(b'{"op": "ping"}') * 100)  # at once: a close cuts no later frame off
        answers, code = wire.closed(socket)

    assert [answer["problem"]["code"] for answer in answers] == ["not_authenticated"]
    assert code == 4401


@pytest.mark.outage
def test_client_that_is_gone_without_a_word_is_found_out(live_ada: LivePerson, server: Server) -> None:
    """Daphne pings after 20 s and waits 30 s for the pong."""
    conversation = live_ada.conversation()
    with live_ada.socket() as calm, _silent(server, live_ada.tokens["access"]) as silent:
        calm.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        silent.settimeout(3 * 50)

        with suppress(ConnectionResetError):
            while silent.recv(65536):
                pass

        live_ada.say(conversation, "Still here?")
        assert calm.until("run.completed")[-1]["type"] == "run.completed"
    assert psutil.pid_exists(server.process.pid)


def _silent(server: Server, token: str) -> sockets.socket:
    """A signed-in WebSocket whose client never sends anything, not even a pong."""
    connection = sockets.create_connection(("127.0.0.1", server.port))
    head = {
        "Host": f"127.0.0.1:{server.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Authorization": f"Bearer {token}",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    connection.sendall(f"GET /ws/v1/ HTTP/1.1\r\n{lines}\r\n".encode())
    return connection
