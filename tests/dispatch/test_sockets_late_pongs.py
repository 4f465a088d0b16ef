"""A pong that takes longer than the pause between two pings is one nevertheless."""

import time

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import rawsocket
from tests.live import LivePerson

LATE = 4  # two pings would have come by then, and one has time for its pong


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(PING_SECONDS="1", PONG_SECONDS="6")


def test_client_whose_pongs_are_late_and_in_time_is_kept(live_ada: LivePerson, server: Server) -> None:
    with rawsocket.opened(server, live_ada.tokens["access"]) as slow:
        for _ in range(2):
            opcode, payload = slow.read()
            assert opcode == rawsocket.PING
            time.sleep(LATE)
            slow.send(rawsocket.framed(rawsocket.PONG, payload))
        slow.send(rawsocket.framed(rawsocket.TEXT, rawsocket.asked(op="ping")))
        opcode, payload = slow.read()
        while opcode == rawsocket.PING:
            opcode, payload = slow.read()

        assert (opcode, b'"type":"ok"' in payload) == (rawsocket.TEXT, True)
