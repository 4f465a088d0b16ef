"""A client that reads slowly is served: only one that takes nothing is cut off."""

import select
import socket
import time
from collections.abc import Callable

import pytest

from tests.deployment import Deployment, Server
from tests.live import LivePerson, eventually
from tests.outage.crowd import deaf_socket, deaf_stream

pytestmark = [pytest.mark.outage]

STALL_SECONDS = 1
LONG = "\N{GRINNING FACE}" * 99_000  # 400 kB on the wire
MESSAGES = 4  # with their answers twice as many events: more than what systems take into their own buffers
PER_SECOND = 250_000  # so that one event takes longer than a client may take nothing


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.handlers_app", STALL_SECONDS=str(STALL_SECONDS))


@pytest.mark.parametrize("follow", [deaf_stream, deaf_socket])
def test_slow_reader_gets_everything(
    live_ada: LivePerson, server: Server, follow: Callable[[Server, str, str], socket.socket]
) -> None:
    conversation = live_ada.conversation()
    with follow(server, live_ada.tokens["access"], conversation) as connection:
        for _ in range(MESSAGES):
            said = live_ada.say(conversation, LONG, kind="test.echo").json()
        eventually(lambda: live_ada.http.get(said["status_url"]).json()["state"] == "completed")

        assert read_slowly(connection).count(b'"type":"message.completed"') == MESSAGES


def read_slowly(connection: socket.socket) -> bytes:
    """All that comes, until nothing more does."""
    found, began = bytearray(), time.monotonic()
    while select.select([connection], [], [], 3 * STALL_SECONDS)[0]:
        found += connection.recv(8192)
        time.sleep(max(0.0, began + len(found) / PER_SECOND - time.monotonic()))
    return bytes(found)
