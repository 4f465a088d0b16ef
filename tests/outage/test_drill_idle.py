"""Streams and sockets on which nothing happens stay open, and still hear what comes then."""

import time

import pytest

from tests.deployment import Server
from tests.outage.load import Load, Plan
from tests.outage.report import row
from tests.outage.scale import pick
from tests.outage.verifier import verify

pytestmark = [pytest.mark.outage, pytest.mark.drill]

SECONDS = pick(60, 7)  # a channel layer's blocking read of 5 s used to end the sockets that own one
PLAN = Plan(senders=0, conversations=5, followers=20, timeout=600)  # so late do the clients themselves ask for a ping


def test_idle_sockets_and_streams_are_not_closed(server: Server) -> None:
    with Load([server.url], PLAN) as load:
        time.sleep(SECONDS)
        closed = list(load.ledger.closed)
        for conversation in load.conversations:
            load.say("Still there?", "text", conversation)

    verify(load.ledger, server.person("ada"))
    row("idle", seconds=SECONDS, open=len(load.ledger.followers), closed=len(load.ledger.closed))
    assert closed == load.ledger.closed == []
