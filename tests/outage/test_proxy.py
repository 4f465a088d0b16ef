"""The proxy of the fault kit against a plain echo server: each mode does to a connection what its name says."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests import ports
from tests.live import PATIENCE
from tests.outage.proxy import Proxy

pytestmark = pytest.mark.outage


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionResetError):  # the proxy resets connections; that is an end like another
            while data := self.request.recv(65536):
                self.request.sendall(self.server.mark + data)  # type: ignore[attr-defined]


@contextmanager
def echoing(mark: bytes = b"") -> Iterator[int]:
    """The port of an echo server that puts a mark before each stretch."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads, server.block_on_close = True, False
        server.mark = mark  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def nobody() -> Iterator[int]:
    """A port where nobody listens."""
    with ports.held() as hold:
        yield ports.number(hold)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with echoing() as port, Proxy(port) as made:
        yield made


def connected(proxy: Proxy, seconds: float = PATIENCE) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), seconds)


def asked(line: socket.socket, data: bytes) -> bytes:
    """What comes back, as far as it is as long as what was sent."""
    line.sendall(data)
    found = b""
    while len(found) < len(data):
        stretch = line.recv(65536)
        if not stretch:
            break
        found += stretch
    return found


def hangs(line: socket.socket) -> bool:
    line.settimeout(0.2)
    try:
        asked(line, b"anybody?")
    except TimeoutError:
        return True
    finally:
        line.settimeout(PATIENCE)
    return False


def test_bytes_and_the_end_pass_both_ways(proxy: Proxy) -> None:
    text = bytes(range(256)) * 2000
    with connected(proxy) as line:
        sender = threading.Thread(target=line.sendall, args=(text,))
        sender.start()
        back = b""
        while len(back) < len(text):
            back += line.recv(65536)
        sender.join()
        line.shutdown(socket.SHUT_WR)

        assert back == text
        assert line.recv(1) == b""


def test_refusing_cuts_what_there_is_and_comes_back_on_the_same_port(proxy: Proxy) -> None:
    with connected(proxy) as line:
        assert asked(line, b"hello") == b"hello"

        proxy.refuse()

        with pytest.raises(ConnectionRefusedError):
            connected(proxy)
        with pytest.raises(ConnectionResetError):
            line.recv(1)
    proxy.passing()
    with connected(proxy) as line:
        assert asked(line, b"again") == b"again"


def test_black_hole_accepts_and_never_answers_and_what_it_swallowed_stays_lost(proxy: Proxy) -> None:
    with connected(proxy) as old, connected(proxy) as idle:
        assert asked(old, b"hello") == asked(idle, b"hello")

        proxy.blackhole()

        with connected(proxy) as new:
            assert hangs(old)
            assert hangs(new)
            proxy.passing()
            assert hangs(old)
            assert hangs(new)
            assert asked(idle, b"untouched") == b"untouched"
        with connected(proxy) as fresh:
            assert asked(fresh, b"hello") == b"hello"


def test_delay_is_added_once_to_each_round_trip_and_keeps_the_order(proxy: Proxy) -> None:
    with connected(proxy) as line:
        asked(line, b"warm")
        proxy.delay(1)

        began = time.monotonic()
        for number in range(10):
            line.sendall(b"%d" % number)
            time.sleep(0.01)
        first = line.recv(1)
        waited = time.monotonic() - began
        rest = b"".join(line.recv(1) for _ in range(9))

        assert first + rest == b"0123456789"
        assert waited >= 1
        assert time.monotonic() - began < 8  # with the delay added to each: ten


def test_cut_resets_what_there_is_and_nothing_else(proxy: Proxy) -> None:
    with connected(proxy) as line:
        asked(line, b"hello")

        proxy.cut()

        with pytest.raises(ConnectionResetError):
            line.recv(1)
    with connected(proxy) as line:
        assert asked(line, b"hello") == b"hello"
    assert len(proxy.lines) <= 1


def test_throttle_bounds_the_bytes_of_a_second(proxy: Proxy) -> None:
    with connected(proxy) as line:
        proxy.throttle(4000)

        began = time.monotonic()
        assert asked(line, b"x" * 2000) == b"x" * 2000

        assert time.monotonic() - began > 0.4


def test_garbling_changes_answers_the_same_way_for_the_same_seed(proxy: Proxy) -> None:
    found = []
    for _ in range(2):
        with connected(proxy) as line:
            proxy.garble(22)
            found.append(asked(line, b"x" * 1000))

    assert found[0] == found[1]
    assert 600 < found[0].count(b"x") < 900


def test_several_targets_are_taken_in_turn_and_a_dead_one_is_passed_over() -> None:
    with echoing(b"a") as one, echoing(b"b") as other, Proxy(one, other) as proxy:
        marks = []
        for _ in range(4):
            with connected(proxy) as line:
                marks.append(asked(line, b"?")[:1])
        alone = []
        with nobody() as port:
            proxy.targets[0] = port
            for _ in range(2):
                with connected(proxy) as line:
                    alone.append(asked(line, b"?")[:1])

    assert sorted(marks) == [b"a", b"a", b"b", b"b"]
    assert marks[0] != marks[1]
    assert alone == [b"b", b"b"]


def test_target_that_is_gone_is_a_reset_not_a_silence() -> None:
    with nobody() as port, Proxy(port) as proxy, pytest.raises(ConnectionResetError), connected(proxy) as line:
        line.recv(1)
