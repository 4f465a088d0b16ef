"""What a connection may cost before the application sees it: bytes and seconds. Raw sockets against a live server."""

import json
import re
import time
from contextlib import ExitStack, suppress

import httpx
import psutil
import pytest

from tests.deployment import Deployment, Server
from tests.live import PATIENCE, LivePerson, eventually
from tests.modes import once
from tests.problem import FIELDS
from tests.rawhttp import HANDSHAKE, LIMIT, LIVE, PIECE, UPLOAD, chunk, connected

pytestmark = once

SECONDS = 2
IN_TIME = 3 * SECONDS
KEPT = 4


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(HEADER_SECONDS="2", KEEP_ALIVE_SECONDS=str(KEPT))


def assert_refused(answer: bytes, status: int, code: str, request_id: str | None = None) -> None:
    """One answer in the form of every refusal, and nothing behind it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    headers = {name.lower(): value for name, value in re.findall(r"^([\w-]+): (.*)\r?$", head.decode(), re.MULTILINE)}
    document = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert headers["content-type"].strip() == "application/problem+json"
    assert headers["connection"].strip() == "close"
    assert set(document) == FIELDS
    assert (document["status"], document["code"]) == (status, code)
    assert document["request_id"] == headers["x-request-id"].strip()
    assert request_id in (None, document["request_id"])


def test_announced_body_beyond_the_limit_is_refused_before_any_of_it_is_read(server: Server) -> None:
    with connected(server) as wire:
        wire.send(UPLOAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (LIMIT + 1))

        assert_refused(wire.rest(), 413, "too_large", "upload-1")


def test_client_that_sends_its_large_body_first_still_gets_the_answer(server: Server) -> None:
    answer = httpx.post(f"{server.url}/api/v1/conversations/", content=b"x" * (2 * LIMIT), timeout=PATIENCE)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_chunked_body_is_refused_before_a_tenth_beyond_the_limit_is_read(server: Server) -> None:
    with connected(server) as wire:
        wire.send(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = wire.upload(chunk(PIECE), LIMIT)

        assert LIMIT < sent < 1.1 * LIMIT
        assert_refused(wire.rest(), 413, "too_large", "upload-1")


def test_chunked_body_one_byte_beyond_the_limit_is_refused_too(server: Server) -> None:
    with connected(server) as wire:
        wire.send(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(LIMIT + 1) + b"0\r\n\r\n" + LIVE)

        assert_refused(wire.rest(), 413, "too_large", "upload-1")


def test_chunks_of_one_byte_count_as_they_come_over_the_wire(server: Server) -> None:
    with connected(server) as wire:
        wire.send(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = wire.upload(chunk(1) * (PIECE // 6), LIMIT)

        assert sent < 1.1 * LIMIT
        assert_refused(wire.rest(), 413, "too_large", "upload-1")


def test_refused_connection_is_closed_though_its_client_goes_on(server: Server) -> None:
    with connected(server) as wire:
        wire.send(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n")

        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            eventually(lambda: wire.send(chunk(PIECE)))


def test_long_chunked_upload_costs_little_memory_and_no_disk(server: Server) -> None:
    process = psutil.Process(server.process.pid)
    memory, disk = process.memory_info().rss, process.io_counters().write_chars
    costs = [0]

    with connected(server) as wire, suppress(ConnectionResetError, BrokenPipeError):
        wire.send(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (60 * LIMIT))
        for _ in range(60):
            wire.send(b"x" * LIMIT)
            costs.append(process.memory_info().rss - memory)

    assert len(costs) < 60
    assert max(costs) < 10 * LIMIT
    assert process.io_counters().write_chars - disk < LIMIT // 2


def test_body_of_exactly_the_limit_reaches_the_application(server: Server, live_ada: LivePerson) -> None:
    body = b'{"title": "%s"}' % (b"x" * (LIMIT - 13))
    headers = {"Content-Type": "application/json"}

    announced = live_ada.http.post("/api/v1/conversations/", content=body, headers=headers)
    chunked = live_ada.http.post("/api/v1/conversations/", content=iter([body]), headers=headers)

    assert len(body) == LIMIT
    assert (announced.status_code, chunked.status_code) == (422, 422)


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: loc"], ids=["silent", "begun"])
def test_connection_without_a_complete_head_is_closed(server: Server, begun: bytes) -> None:
    with connected(server) as wire:
        wire.send(begun)

        assert wire.closed_after(IN_TIME) < IN_TIME


def test_each_byte_buys_no_more_time(server: Server) -> None:
    with connected(server) as wire:
        wire.send(b"GET / HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        while not wire.answered(0.2):
            assert time.monotonic() - began < IN_TIME
            wire.send(b"x")


def test_slow_body_is_closed(deployment: Deployment) -> None:
    with connected(deployment.serve(REQUEST_SECONDS="4")) as wire:
        wire.send(UPLOAD + b"Content-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        while not wire.answered(0.2):
            assert time.monotonic() - began < 3 * 4
            wire.send(b" ")


def test_slow_clients_are_closed_while_others_are_served(server: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(server)) for _ in range(100)]
        for wire in slow:
            wire.send(b"GET / HTTP/1.1\r\n")
        other = stack.enter_context(httpx.Client(base_url=server.url, timeout=PATIENCE))
        began, waited = time.monotonic(), []
        while not all(wire.answered() for wire in slow):
            assert time.monotonic() - began < IN_TIME
            asked = time.monotonic()
            assert other.get("/healthz/live").status_code == 200
            waited.append(time.monotonic() - asked)

        assert {wire.rest() for wire in slow} == {b""}
        assert max(waited) < 3


def test_idle_connection_is_kept_for_a_second_request_and_closed_later(server: Server) -> None:
    with connected(server) as wire:
        wire.send(LIVE)
        assert wire.answered(PATIENCE)
        time.sleep(0.5)
        wire.send(LIVE)

        assert wire.rest(3 * KEPT).count(b"HTTP/1.1 200") == 2


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    with connected(server) as wire:
        wire.send(LIVE + LIVE.replace(b"/healthz/live", b"/api/v1/none/") + LIVE + b"GET / HTTP/1.1\r\n")

        assert re.findall(rb"HTTP/1.1 (\d+)", wire.rest(IN_TIME)) == [b"200", b"404", b"200"]


def test_open_stream_and_socket_outlive_every_deadline(server: Server, live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()

    with live_ada.socket() as held, live_ada.stream(conversation) as stream:
        time.sleep(KEPT + SECONDS)
        live_ada.say(conversation, "/help")

        assert stream.until("run.completed")
        assert held.ask({"op": "ping"})["type"] == "ok"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 20_000,
        b"GET / HTTP/1.1\r\n" + b"X-Many: x\r\n" * 2_000,
        UPLOAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        UPLOAD + b"Transfer-Encoding: chunked\r\n\r\nnone\r\n",
    ],
    ids=["request line", "header", "long header", "many headers", "two lengths", "chunk"],
)
def test_what_is_not_http_gets_one_refusal(server: Server, request_bytes: bytes) -> None:
    with connected(server) as wire:
        wire.send(request_bytes)

        assert_refused(wire.rest(), 400, "bad_request")


def test_what_daphne_refuses_has_the_form_of_our_refusals(server: Server) -> None:
    with connected(server) as wire:
        wire.send(LIVE.replace(b"live", b"\xff").replace(b"Host", b"Connection: close\r\nHost"))

        assert_refused(wire.rest(), 400, "bad_request")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (LIVE, 200),
        (LIVE.replace(b"live", b"none"), 404),
        (b"nonsense\r\n\r\n", 400),
        (LIVE.replace(b"Host:", b"X-Odd: \x0b\r\nHost:"), 400),
        (LIVE.replace(b"live", b"\xff"), 400),
        (UPLOAD + b"Content-Length: 9999999\r\n\r\n", 413),
        (HANDSHAKE.replace(b"v1", b"v0") + b"\r\n", 403),
        (HANDSHAKE.replace(b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n", b"") + b"\r\n", 400),
        (HANDSHAKE + b"Sec-WebSocket-Protocol: switchboard.v1\r\n\r\n", 101),
    ],
)
def test_no_answer_names_the_server(server: Server, request_bytes: bytes, status: int) -> None:
    with connected(server) as wire:
        wire.send(request_bytes)
        assert wire.answered(PATIENCE)
        answer = wire.connection.recv(65536).lower()

    assert answer.startswith(b"http/1.1 %d" % status)
    assert b"\r\nserver:" not in answer
    assert not re.search(rb"daphne|twisted|autobahn", answer)
