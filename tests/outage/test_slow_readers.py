"""A client that reads slowly is served: only one that takes nothing is cut off."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deployment import Deployment, Server
from tests.live import PATIENCE, LivePerson
from tests.modes import once
from tests.outage.crowd import deaf_socket, deaf_stream

pytestmark = [pytest.mark.outage, once]

STALL_SECONDS = 2
LONG = "\N{GRINNING FACE}" * 99_000  # 400 kB on the wire
MESSAGES = 4  # with their answers twice as many events: more than what systems take into their own buffers
ANSWER = b'"type":"message.completed"'
PER_SECOND = 180_000  # so that one event takes longer than a client may take nothing


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.handlers_app", STALL_SECONDS=str(STALL_SECONDS))


@pytest.mark.parametrize("follow", [deaf_stream, deaf_socket])
def test_slow_reader_gets_everything(
    live_ada: LivePerson, server: Server, follow: Callable[[Server, str, str], socket.socket]
) -> None:
    conversation = live_ada.conversation()
    with follow(server, live_ada.tokens["access"], conversation) as connection, ThreadPoolExecutor(1) as reader:
        read = reader.submit(read_slowly, connection)  # from the beginning: who takes nothing meanwhile is cut off
        for _ in range(MESSAGES):
            assert live_ada.say(conversation, LONG, kind="test.echo").status_code == 202

        assert read.result().count(ANSWER) == MESSAGES


def read_slowly(connection: socket.socket) -> bytes:
    """All that comes, until every answer is there, or nothing comes."""
    found, began = bytearray(), time.monotonic()
    connection.settimeout(PATIENCE)
    while found.count(ANSWER) < MESSAGES and (piece := connection.recv(8192)):
        found += piece
        time.sleep(max(0.0, began + len(found) / PER_SECOND - time.monotonic()))
    return bytes(found)
