"""How a WebSocket is opened and signed in, and what is refused at the door."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests import live
from tests.deployment import Server
from tests.dispatch import wire
from tests.live import LivePerson, Socket

PATH = "/ws/v1/"


@contextmanager
def opened(server: Server, path: str = PATH, **options: Any) -> Iterator[Socket]:
    with live.opened(server.url.replace("http", "ws") + path, **options) as socket:
        yield socket


def works(socket: Socket) -> bool:
    return socket.ask({"op": "ping"})["type"] == "ok"


def test_first_frame_signs_in(server: Server, live_ada: LivePerson) -> None:
    with opened(server) as socket:
        answer = socket.ask({"op": "auth", "token": live_ada.tokens["access"]})

        assert answer == {"type": "ok", "op": "auth", "ref": answer["ref"], "data": {}}
        assert works(socket)


def test_header_signs_in(server: Server, live_ada: LivePerson) -> None:
    headers = {"Authorization": f"Bearer {live_ada.tokens['access']}"}

    with opened(server, additional_headers=headers) as socket:
        assert works(socket)


def test_ticket_signs_in_once(server: Server, live_ada: LivePerson) -> None:
    ticket = live_ada.http.post("/api/v1/auth/ticket", json={"target": PATH}).json()["ticket"]

    with opened(server, f"{PATH}?ticket={ticket}") as socket:
        assert works(socket)
    with opened(server, f"{PATH}?ticket={ticket}") as socket:
        pushed, code = wire.closed(socket)

    assert (pushed[0]["problem"]["code"], code) == ("ticket_invalid", 4401)
    assert ticket not in server.log.read_text()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": "auth", "token": "x"}, "token_invalid"),
        ({"op": "auth"}, "bad_frame"),
        ({"op": "ping"}, "not_authenticated"),
        ({}, "not_authenticated"),
    ],
)
def test_first_frame_that_does_not_sign_in_ends_the_socket(server: Server, frame: dict[str, Any], code: str) -> None:
    with opened(server) as socket:
        socket.send(frame)
        pushed, closing = wire.closed(socket)

    assert ([error["problem"]["code"] for error in pushed], closing) == ([code], 4401)


def test_header_that_does_not_sign_in_ends_the_socket(server: Server) -> None:
    for header in ("Bearer x", "Basic YWRhOng=", ""):
        with opened(server, additional_headers={"Authorization": header}) as socket:
            assert wire.closed(socket)[1] == 4401


def test_socket_that_says_nothing_is_closed_after_five_seconds(server: Server) -> None:
    began = time.monotonic()

    with opened(server) as socket:
        assert wire.closed(socket) == ([], 4401)

    assert 4.5 < time.monotonic() - began < 3 * 5


def test_our_subprotocol_is_chosen_among_others(server: Server, live_ada: LivePerson) -> None:
    offered: Any = ["chat", "switchboard.v1"]

    with opened(server, subprotocols=offered) as socket:
        assert socket.connection.subprotocol == "switchboard.v1"


def test_subprotocol_is_not_needed(server: Server) -> None:
    with opened(server) as socket:
        assert socket.connection.subprotocol is None


def test_client_that_offers_only_other_subprotocols_is_refused(server: Server) -> None:
    offered: Any = ["chat", "switchboard.v2"]

    with pytest.raises(InvalidStatus) as refused, opened(server, subprotocols=offered):
        pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/ws/v1", "/ws/v2/", "/ws/v1/x/", "/api/v1/me"])
def test_other_paths_are_no_sockets(server: Server, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(server, path):
        pass

    assert refused.value.response.status_code == 403
    assert "Traceback" not in server.log.read_text()
