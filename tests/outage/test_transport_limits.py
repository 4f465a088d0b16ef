"""Point by point what one client can cost the others, in figures, at the settings that ship."""

import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.deployment import Deployment, Server, deployed
from tests.dispatch import wire
from tests.live import PATIENCE, LivePerson, eventually, in_parallel
from tests.modes import once
from tests.outage.crowd import Memory, SlowClients, cut_off, deaf_socket, deaf_stream, measured, taken
from tests.outage.report import row
from tests.outage.scale import FULL, bound, pick
from tests.rawhttp import LIMIT, UPLOAD, connected

pytestmark = [pytest.mark.outage, pytest.mark.drill, once]

MEGABYTE = 1024 * 1024
UPLOADED = 200 * MEGABYTE
SLOW_CLIENTS, WITHIN = pick((1000, 15.0), (150, 6.0))
CONVERSATIONS, MESSAGES = pick((5, 52), (2, 26))
LONG = "x" * 99_000
FOLLOWERS = pick(20, 5)
HASTE = {} if FULL else {"HEADER_SECONDS": "3", "REQUEST_SECONDS": "4", "STALL_SECONDS": "2"}


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Iterator[Server]:
    """Started as a login shell would: 1,024 open files, unless the program asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    server = deployment.serve(EXTRA_APPS="tests.handlers_app", **HASTE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield server
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("announced", UPLOAD + b"Content-Length: %d\r\n\r\n" % UPLOADED),
        ("chunked", UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % UPLOADED),
    ],
)
def test_upload_of_200_megabytes_is_refused_early_and_costs_little_memory(
    server: Server, form: str, head: bytes
) -> None:
    memory = Memory(server)
    before = memory()

    with measured(memory) as sizes, connected(server) as wire:
        sent = _send_all(wire.connection, head)
        read = taken(wire.connection, sent)
        answer = wire.connection.recv(65536)

    figures = {"sent": sent, "taken": read, "limit": LIMIT, "memory": int(max(sizes) - before)}
    row("upload beyond the limit", form=form, **figures)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert read < 1.1 * LIMIT
    assert figures["memory"] < 10 * MEGABYTE


def _send_all(connection: socket.socket, head: bytes) -> int:
    """Up to 200 MB as fast as the server takes it, until it answers. Returns how much the system took from us."""
    connection.sendall(head)
    connection.setblocking(False)
    sent, piece, ends = len(head), b"x" * MEGABYTE, time.monotonic() + 20
    while sent < UPLOADED and time.monotonic() < ends:
        with suppress(BlockingIOError):
            sent += connection.send(piece)
        with suppress(BlockingIOError):
            if connection.recv(1, socket.MSG_PEEK):
                return sent
    return sent


def test_slow_clients_are_closed_while_others_are_served(server: Server) -> None:
    with SlowClients(server, SLOW_CLIENTS) as slow, _talking(server.person("ada")) as waits:
        slow.drip(4 * WITHIN)

    closed = slow.closed
    row("slow clients", clients=SLOW_CLIENTS, closed=len(closed), last_closed_s=max(closed), **_spread(waits))
    assert len(closed) == SLOW_CLIENTS
    assert max(closed) < bound(WITHIN)
    assert max(waits) < bound(1)


@contextmanager
def _talking(person: LivePerson) -> Iterator[list[float]]:
    """A good client posts and reads in turn meanwhile; how long each took, also if its queue was full."""
    conversation = person.conversation()
    waits, over, refused = [], threading.Event(), []

    def talk() -> None:
        for number in count():
            if over.wait(0.05):
                return
            began = time.monotonic()
            if number % 5:
                answer = person.http.get(f"/api/v1/conversations/{conversation}/")
            else:
                answer = person.say(conversation, "hello")
            waits.append(time.monotonic() - began)
            if answer.status_code not in (200, 202, 429):
                refused.append(answer.text)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()
    assert refused == []


def _spread(waits: list[float]) -> dict[str, float]:
    return {"others": len(waits), "others_p50_s": median(waits), "others_max_s": max(waits)}


def test_clients_that_never_read_are_cut_off_and_cost_little_memory(server: Server) -> None:
    ada, bob, memory = server.person("ada"), server.person("bob"), Memory(server)
    conversations = [ada.conversation() for _ in range(CONVERSATIONS)]
    with measured(memory) as without:
        _publish(ada, [ada.conversation() for _ in range(CONVERSATIONS)])
    deaf = [follow(server, ada.tokens["access"], id) for id in conversations for follow in (deaf_stream, deaf_socket)]

    with measured(memory) as sizes, _talking(bob) as waits:
        began = time.monotonic()
        _publish(ada, conversations)
        published = time.monotonic() - began
        eventually(lambda: cut_off(deaf) == len(deaf))
        after = time.monotonic() - began
    for client in deaf:
        client.close()

    grown = max(sizes) - max(without)
    unread = 2 * CONVERSATIONS * MESSAGES * 2 * len(LONG)
    row(
        "clients that never read",
        clients=len(deaf),
        published_for_them_mb=unread // MEGABYTE,
        published_s=published,
        cut_off_s=after,
        memory_mb=grown / MEGABYTE,
        **_spread(waits),
    )
    assert grown < 20 * MEGABYTE
    assert max(waits) < bound(2)


def _publish(person: LivePerson, conversations: list[str]) -> None:
    """Long messages with answers as long, one writer for each conversation."""
    in_parallel([partial(_write, person, conversation) for conversation in conversations])


def _write(person: LivePerson, conversation: str) -> None:
    runs = [eventually(lambda: _accepted(person, conversation)) for _ in range(MESSAGES)]
    eventually(lambda: person.http.get(runs[-1]).json()["state"] == "completed")


def _accepted(person: LivePerson, conversation: str) -> str | None:
    """The address of the run, unless the queue is full."""
    answer = person.say(conversation, LONG, kind="test.echo")
    return str(answer.json()["status_url"]) if answer.status_code == 202 else None


@pytest.fixture
def alone() -> Iterator[Server]:
    """What is sent to it is carried here: no other process shares its rows."""
    with deployed("alone", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment.serve()


def test_drain_is_told_to_every_stream_and_ends_within_20_seconds(alone: Server) -> None:
    ada = alone.person("ada")
    conversation = ada.conversation()
    ada.say(conversation, pick("250", "20"), kind="test.slow")
    ada.started(conversation)

    with SlowClients(alone, 60), ExitStack() as open_ones:
        streams = [open_ones.enter_context(ada.stream(conversation)) for _ in range(FOLLOWERS)]
        sockets = [open_ones.enter_context(ada.socket()) for _ in range(FOLLOWERS)]
        began = time.monotonic()
        alone.supervisor.send_signal(signal.SIGTERM)
        reasons = {stream.until("stream.end")[-1]["data"]["reason"] for stream in streams}
        codes = {wire.closed(socket)[1] for socket in sockets}
        told = time.monotonic() - began
        status = alone.supervisor.wait(PATIENCE)
        ended = time.monotonic() - began

    row("drain", streams=2 * FOLLOWERS, slow_clients=60, told_s=told, ended_s=ended)
    assert (reasons, codes, status) == ({"restarting"}, {4503}, 0)
    assert told < bound(3)
    assert ended < bound(20)


def test_second_signal_and_a_death_cost_no_wait(alone: Server, tmp_path: Path) -> None:
    ada = alone.person("ada")
    conversation = ada.conversation()

    killed = time.monotonic()
    alone.kill()
    answer = httpx.get(f"{alone.url}/healthz/ready", timeout=PATIENCE)
    back = time.monotonic() - killed
    ada.say(conversation, str(tmp_path / "never"), kind="test.held")
    ada.started(conversation)
    with ada.stream(conversation) as stream:
        alone.supervisor.send_signal(signal.SIGTERM)
        stream.until("stream.end")  # the first has been heard: two that are heard together are one
    second = time.monotonic()
    alone.supervisor.send_signal(signal.SIGTERM)
    alone.supervisor.wait(PATIENCE)
    ended = time.monotonic() - second

    row("restart and second signal", killed_to_served_s=back, second_signal_to_end_s=ended)
    assert answer.status_code == 200
    assert back < bound(15)
    assert "second signal: leaving at once" in alone.log.read_text()
    assert ended < bound(2)
