"""Streams on which nothing happens hold neither a thread nor a connection to the database. Their session ends them."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.live import LivePerson, eventually, in_parallel
from tests.outage.crowd import deaf_socket, deaf_stream
from tests.outage.verifier import Resources

STREAMS = 50  # of each kind: far more than all pools have threads or connections
FEW = 2


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(SOCKETS_PER_USER="100")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def files(server: Server) -> int:
    """How often the process has a database's file open."""
    return sum(".sqlite3" in file.path for file in server.process.open_files())


def test_idle_streams_and_sockets_hold_no_thread_and_no_connection(
    deployment: Deployment, server: Server, live_ada: LivePerson, stack: ExitStack
) -> None:
    conversation = live_ada.conversation()

    def opened(count: int) -> None:
        token = live_ada.tokens["access"]
        doors = [
            partial(door, server, token, conversation) for door in (deaf_stream, deaf_socket) for _ in range(count)
        ]
        for one in in_parallel([*doors]):
            stack.enter_context(closing(one))

    opened(8)
    in_parallel([partial(live_ada.say, conversation, "Hello")] * 8)
    live_ada.settled(conversation, 8)  # every pool has been in use
    before, held = Resources.of(deployment), files(server)
    opened(STREAMS)

    eventually(lambda: server.process.num_threads() <= before.threads + FEW)
    eventually(lambda: Resources.of(deployment).connections <= before.connections + FEW)
    assert files(server) <= held + 3 * FEW  # SQLite opens three for a connection
    assert max(before.threads, before.connections) < 2 * STREAMS


def test_session_that_expires_ends_whatever_it_has_open(deployment: Deployment, server: Server) -> None:
    bob = server.person("bob")
    conversation = bob.conversation()
    with bob.stream(conversation) as stream, bob.socket() as connection:
        stream.until("stream.ready")
        connection.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})

        expire = "from security.models import Session; from django.utils import timezone;"
        expire += "Session.objects.filter(user__username='bob').update(idle_until=timezone.now())"
        assert "Error" not in deployment.manage("shell", "-c", expire)

        assert stream.until("stream.end")[-1]["data"] == {"reason": "expired"}
        assert wire.closed(connection)[1] == 4401
