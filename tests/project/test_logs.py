"""Log lines carry the ids of what they belong to, and never what was said."""

import json
import logging
import socket
from contextvars import Context
from typing import Any

import pytest

from project import logs
from tests.deployment import Deployment, Server
from tests.live import LivePerson, eventually
from tests.modes import PRODUCTION

SAID, GUESSED, TITLE, METADATA = "marmalade-7d1f", "wrong-secret-92cc", "title-51ab", "metadata-0e7c"


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(LOG_LEVEL="DEBUG")


@pytest.fixture
def lines():
    """The records that a library wrote, as our filter leaves them."""
    records: list[Any] = []

    class Keep(logging.Handler):
        def emit(self, record):
            records.append(record)

    handler, library = Keep(), logging.getLogger("some.library")
    handler.addFilter(logs.ContextFilter())
    library.addHandler(handler)
    yield records
    library.removeHandler(handler)


def test_bound_ids_are_on_the_lines_of_other_libraries(lines):
    def write():
        with logs.bind(request_id="r1", run_id="n1"):
            logs.add(user_id="u1")
            logging.getLogger("some.library").warning("something")
        logging.getLogger("some.library").warning("something else")

    Context().run(write)

    assert [(line.request_id, line.user_id, line.run_id) for line in lines] == [("r1", "u1", "n1"), ("", "", "")]
    assert [line.context for line in lines] == ["request_id=r1 user_id=u1 run_id=n1", ""]


def test_an_inner_binding_ends_with_its_block(lines):
    with logs.bind(request_id="r1"):
        with logs.bind(run_id="n1", request_id="r2"):
            logging.getLogger("some.library").warning("within")
        logging.getLogger("some.library").warning("after")

    assert [(line.request_id, line.run_id) for line in lines] == [("r2", "n1"), ("r1", "")]


def test_a_line_that_names_its_own_id_keeps_it(lines):
    with logs.bind(run_id="n1"):
        logging.getLogger("some.library").warning("something", extra={"run_id": "n2"})

    assert lines[0].run_id == "n2"


def test_djangos_line_about_a_refused_request_names_request_and_session(live_ada, server):
    live_ada.http.get("/api/v1/runs/00000000-0000-0000-0000-000000000001/", headers={"X-Request-ID": "lost-run"})

    line = eventually(lambda: line_about(server, "lost-run", "django.request"))

    me = live_ada.http.get("/api/v1/me").json()
    assert me["session"]["id"] in line
    assert me["user"]["id"] in line


def test_production_writes_one_json_object_a_line(live_ada, server):
    live_ada.http.get("/nothing", headers={"X-Request-ID": "lost-page"})

    line = eventually(lambda: line_about(server, "lost-page", "django.request"))

    if PRODUCTION:
        assert json.loads(line)["request_id"] == "lost-page"
    else:
        assert "WARNING django.request: Not Found: /nothing request_id=lost-page" in line


def test_request_writes_no_line_of_its_own_making(live_ada: LivePerson, server: Server):
    live_ada.http.get("/%0aforged%1b[31m/", headers={"X-Request-ID": "forger"})
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"G\x1b[31m /method HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while raw.recv(4096):
            pass

    line = eventually(lambda: line_about(server, "forger", "project.middleware"))

    assert "GET /%0Aforged%1B%5B31m/ 404" in line
    written = server.log.read_text()
    assert "\nforged" not in written
    assert "\x1b" not in written


def test_nothing_that_was_said_stands_in_the_log_even_at_its_most_talkative(live_ada: LivePerson, server: Server):
    conversation = live_ada.conversation(title=TITLE, metadata={"a": METADATA})
    with live_ada.socket() as socket:
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        live_ada.say(conversation, f"My dog is called {SAID}.", metadata={"b": METADATA})
        socket.until("run.completed")
        socket.ask({"op": "send", "conversation": conversation, "kind": "text", "text": SAID, "client_id": SAID})
    live_ada.settled(conversation, 2)
    live_ada.http.post("/api/v1/auth/token", json={"username": "ada", "password": GUESSED})
    ticket = live_ada.http.post("/api/v1/auth/ticket", json={"target": "/ws/v1/"}).json()["ticket"]
    live_ada.http.get(f"/api/v1/me?ticket={ticket}")
    live_ada.http.post("/api/v1/auth/refresh", json={"refresh": live_ada.tokens["refresh"]})

    written = server.log.read_text()

    assert "Unauthorized: /api/v1/auth/token" in written
    secrets = (SAID, TITLE, METADATA, GUESSED, ticket, live_ada.tokens["access"], live_ada.tokens["refresh"])
    assert [secret for secret in secrets if secret in written] == []


def line_about(server, request_id, logger):
    lines = server.log.read_text().splitlines()
    return next((line for line in lines if request_id in line and logger in line), None)
