"""API keys on a live server: streams and sockets by one, what they refuse, and that a revoked one is cut off."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests import live
from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.live import PATIENCE, TLS, LivePerson
from tests.people import PASSWORD

KEYS = "/api/v1/auth/keys"
SOCKET = "/ws/v1/"


class LiveProgram(LivePerson):
    """With a key that its owner makes for it, in the first workspace of theirs unless another one is named."""

    def __init__(self, owner: LivePerson, *scopes: str, workspace: str | None = None) -> None:
        workspace = workspace or owner.http.get("/api/v1/workspaces/").json()["results"][-1]["id"]
        wish = {"name": "program", "workspace": workspace, "scopes": scopes}
        made = owner.http.post(KEYS, json=wish)
        assert made.status_code == 201, made.text
        self.id, self.key, self.url = made.json()["id"], made.json()["key"], owner.url
        self.http = httpx.Client(
            base_url=owner.url, timeout=PATIENCE, verify=TLS, headers={"Authorization": f"Bearer {self.key}"}
        )


Make = Callable[..., LiveProgram]


@pytest.fixture(scope="module")
def live_ada(server: Server) -> LivePerson:
    """She has given her password just now."""
    person = server.person("ada")
    person.http.post("/api/v1/auth/fresh", json={"password": PASSWORD}).raise_for_status()
    return person


@pytest.fixture
def made(live_ada: LivePerson) -> Iterator[Make]:
    """Makes programs of ada's."""
    with ExitStack() as stack:

        def make(*scopes: str, workspace: str | None = None) -> LiveProgram:
            program = LiveProgram(live_ada, *scopes, workspace=workspace)
            stack.enter_context(program.http)
            return program

        yield make


@pytest.fixture(scope="module")
def attic(live_ada: LivePerson) -> str:
    """A second workspace of ada's."""
    return str(live_ada.http.post("/api/v1/workspaces/", json={"name": "Attic"}).json()["id"])


def code(answer: dict[str, Any]) -> str:
    return str(answer["problem"]["code"])


def asked_for_stream(program: LiveProgram, conversation: str) -> tuple[int, str]:
    """How a stream is refused. One that begins is not read: it would not end."""
    with program.http.stream("GET", wire.path(conversation), headers={"Accept": "text/event-stream"}) as answer:
        return answer.status_code, json.loads(answer.read())["code"] if answer.is_error else ""


def test_key_follows_and_talks_by_sse_and_socket(made: Make) -> None:
    program = made("read", "chat")
    conversation = program.conversation()

    with program.stream(conversation) as stream, program.socket() as socket:
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}"})
        said = socket.ask({"op": "send", "conversation": conversation, "client_id": "1", "text": "Hello"})

        assert said["type"] == "ok"
        assert stream.until("run.completed")
        assert socket.until("run.completed")


def test_key_signs_in_by_the_first_frame_and_by_ticket(live_ada: LivePerson, made: Make, server: Server) -> None:
    program = made("read")
    address = server.url.replace("http", "ws") + SOCKET
    ticket = program.http.post("/api/v1/auth/ticket", json={"target": SOCKET}).json()["ticket"]

    with live.opened(address) as by_frame, live.opened(f"{address}?ticket={ticket}") as by_ticket:
        assert by_frame.ask({"op": "auth", "token": program.key})["type"] == "ok"
        assert by_ticket.ask({"op": "ping"})["type"] == "ok"
        for socket in (by_frame, by_ticket):
            sent = socket.ask({"op": "send", "conversation": live_ada.conversation(), "client_id": "1", "text": "Hi"})
            assert code(sent) == "scope_missing"


def test_key_asks_on_a_socket_what_its_scopes_are_for(live_ada: LivePerson, made: Make) -> None:
    conversation = live_ada.conversation()
    live_ada.say(conversation, "Hello")
    run = live_ada.settled(conversation, 1)[-1]["run"]
    asked = {
        "read": [{"op": "subscribe", "stream": f"conversation:{conversation}"}],
        "chat": [
            {"op": "send", "conversation": conversation, "client_id": "2", "text": "Hello"},
            {"op": "typing", "conversation": conversation},
            {"op": "cancel", "run": run},
        ],
    }

    workspace = live_ada.http.get(f"/api/v1/conversations/{conversation}/").json()["workspace"]
    for scope in ("read", "chat", "manage", "introspect"):
        with made(scope, workspace=workspace).socket() as socket:
            for takes, frames in asked.items():
                for frame in frames:
                    answer = socket.ask(frame)
                    refused = answer["type"] == "error" and code(answer) == "scope_missing"
                    assert refused == (takes != scope), (scope, answer)


def test_key_learns_nothing_of_another_workspace_of_its_user(live_ada: LivePerson, made: Make, attic: str) -> None:
    program = made("read", "chat", "manage", workspace=attic)
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][-1]["id"]
    conversation = live_ada.http.post("/api/v1/conversations/", json={"workspace": workspace}).json()["id"]
    unknown = "00000000-0000-7000-8000-000000000000"

    with live_ada.socket() as own, program.socket() as socket:
        own.ask({"op": "typing", "conversation": conversation})
        answers = [
            socket.ask({"op": op, **what})
            for id in (conversation, unknown)
            for op, what in (
                ("typing", {"conversation": id}),
                ("send", {"conversation": id, "client_id": "1", "text": "Hello"}),
                ("subscribe", {"stream": f"conversation:{id}"}),
            )
        ]
        answers.append(socket.ask({"op": "subscribe", "stream": f"workspace:{workspace}"}))
        answers.append(socket.ask({"op": "subscribe", "stream": "staff"}))

    assert {code(answer) for answer in answers} == {"not_found"}
    assert asked_for_stream(program, conversation) == (404, "not_found")


def test_stream_by_a_key_without_read_is_refused_before_it_begins(live_ada: LivePerson, made: Make) -> None:
    conversation = live_ada.conversation()
    workspace = live_ada.http.get(f"/api/v1/conversations/{conversation}/").json()["workspace"]
    program = made("chat", workspace=workspace)

    assert asked_for_stream(program, conversation) == (403, "scope_missing")


def test_socket_does_not_change_from_a_session_to_a_key_or_back(live_ada: LivePerson, made: Make) -> None:
    program, other = made("read"), made("read")
    token = live_ada.tokens["access"]

    with live_ada.socket() as own, program.socket() as socket:
        answers = [own.ask({"op": "auth", "token": program.key})]
        answers += [socket.ask({"op": "auth", "token": raw}) for raw in (token, other.key)]
        again = socket.ask({"op": "auth", "token": program.key})

    assert [code(answer) for answer in answers] == ["other_user"] * 3
    assert again["type"] == "ok"


def test_revoked_key_loses_its_streams_and_sockets_and_nobody_else_does(live_ada: LivePerson, made: Make) -> None:
    program, other = made("read", "chat"), made("read")
    conversation = program.conversation()

    with program.stream(conversation) as stream, program.socket() as socket, other.socket() as kept:
        stream.until("stream.ready")
        assert live_ada.http.delete(f"{KEYS}/{program.id}").status_code == 204

        assert stream.until("stream.end")[-1]["data"] == {"reason": "revoked"}
        assert wire.closed(socket)[1] == 4403
        assert program.http.get("/api/v1/me").json()["code"] == "key_invalid"
        assert kept.ask({"op": "ping"})["type"] == "ok"


def test_no_key_stands_in_the_log(made: Make, deployment: Deployment) -> None:
    program = made("read")

    def logs() -> str:
        return "".join(server.log.read_text() for server in deployment.servers)

    program.http.get(f"/api/v1/conversations/{program.key}/")
    program.http.get("/api/v1/me", headers={"X-Request-ID": program.key})

    live.eventually(lambda: f"{program.key[:10]}[redacted]" in logs())
    assert program.key not in logs()
