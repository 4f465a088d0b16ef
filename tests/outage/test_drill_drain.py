"""SIGTERM with everything open: handlers that do not listen, streams, clients that do not read, half a request."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings

from tests.deployment import Deployment, deployed
from tests.dispatch.control import begun, cancel, ended, said, shown
from tests.live import LivePerson, eventually
from tests.outage.crowd import ANNOUNCED, deaf_socket, deaf_stream
from tests.outage.report import row
from tests.outage.scale import bound, pick
from tests.rawhttp import connected

pytestmark = [pytest.mark.outage, pytest.mark.drill]

ROUNDS = pick(3, 1)
UNREAD = ("x" * 60_000, 15)  # what clients do not read: a text, and how often it is said


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("draining", EXTRA_APPS="tests.control_app,tests.handlers_app") as deployment:
        yield deployment


def test_process_with_everything_open_is_gone_in_time_and_loses_nothing(fresh: Deployment) -> None:
    taken = []
    for _ in range(ROUNDS):
        seconds, runs = drained(fresh)
        taken.append(seconds)
        server = fresh.serve()
        taken_up_by(server.person("ada"), **runs)
        server.close()

    row("drain", rounds=ROUNDS, longest_s=max(taken), bound_s=settings.DRAIN_SECONDS)
    assert max(taken) <= bound(settings.DRAIN_SECONDS)


def taken_up_by(person: LivePerson, deaf: str, others: list[str]) -> None:
    assert [ended(person, run, 90)["state"] for run in others] == ["completed"] * len(others)
    eventually(lambda: shown(person, deaf)["attempt"] == 2)
    cancel(person, deaf)
    assert ended(person, deaf)["state"] == "canceled"


def drained(fresh: Deployment) -> tuple[float, dict[str, Any]]:
    """How long a process took to leave, and the runs that it held or that waited for it."""
    server = fresh.serve()
    ada = server.person("ada")
    loud, busy = ada.conversation(), ada.conversation()
    with ExitStack() as open:
        for follow in (deaf_stream, deaf_socket):
            open.enter_context(follow(server, ada.tokens["access"], loud))
        open.enter_context(connected(server)).send(ANNOUNCED)
        _fill(ada, loud)
        _, long = begun(ada, "test.long", conversation=busy)
        _, long_sync = begun(ada, "test.long_sync")
        _, deaf = begun(ada, "test.deaf")
        waiting = said(ada, busy, "text", "hello")
        socket = open.enter_context(ada.socket())
        socket.ask({"op": "subscribe", "stream": f"conversation:{busy}"})
        stream = open.enter_context(ada.stream(busy))
        began = time.monotonic()
        server.supervisor.send_signal(signal.SIGTERM)
        assert stream.until("stream.end")[-1]["data"] == {"reason": "restarting"}
        assert server.supervisor.wait(3 * settings.DRAIN_SECONDS) == 0
        return time.monotonic() - began, {"deaf": deaf, "others": [long, long_sync, waiting]}


def _fill(person: LivePerson, conversation: str) -> None:
    """Say more than the clients' and the server's buffers hold."""
    text, times = UNREAD
    runs = [said(person, conversation, "text", text) for _ in range(times)]
    ended(person, runs[-1])
