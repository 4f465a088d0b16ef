"""`manage.py serve`: one supervisor, one server; port, restart, drain, orphans."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.deployment import ROOT, Deployment, Server, deployed
from tests.live import PATIENCE, eventually


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("serve", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_taken_port_is_said_in_plain_words(deployment: Deployment, server: Server) -> None:
    said = deployment.manage("serve", f"--port={server.port}")

    assert f"Port {server.port} is taken" in said
    assert f"make run PORT={server.port + 1}" in said
    assert "Traceback" not in said


def test_dead_server_is_restarted_and_no_connection_is_refused(fresh: Deployment) -> None:
    server = fresh.serve()
    before = server.process.pid

    server.kill()
    answer = httpx.get(f"{server.url}/healthz/live", timeout=PATIENCE)

    assert answer.status_code == 200
    assert server.process.pid != before


def test_sigterm_finishes_what_runs_and_says_goodbye_to_streams(fresh: Deployment) -> None:
    server = fresh.serve()
    ada = server.person("ada")
    conversation = ada.conversation()
    with ada.socket() as socket, ada.stream(conversation) as stream:
        ada.say(conversation, "15", kind="test.slow")
        stream.until("message.delta")
        server.supervisor.send_signal(signal.SIGTERM)
        last = stream.until("stream.end")[-1]
        with pytest.raises(ConnectionClosed) as closed:
            socket.until("never")
    status = server.supervisor.wait(PATIENCE)

    assert last["data"] == {"reason": "restarting"}
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4503
    assert status == 0
    server.start()
    types = [event["type"] for event in ada.events(conversation)]
    assert types.count("run.started") == types.count("run.completed") == 1


def test_run_that_outlasts_the_drain_is_given_back_and_started_again(fresh: Deployment, tmp_path: Path) -> None:
    server = fresh.serve()
    ada = server.person("ada")
    conversation = ada.conversation()
    ada.say(conversation, str(tmp_path / "never"), kind="test.held")
    ada.started(conversation)

    server.restart()

    eventually(lambda: [e for e in ada.events(conversation) if e["type"] == "run.started"][1:])
    queued = [event["data"] for event in ada.events(conversation) if event["type"] == "run.queued"]
    assert queued[1:] == [{"attempt": 1, "position": 0, "reason": "drain"}]


def test_second_signal_ends_it_at_once(fresh: Deployment, tmp_path: Path) -> None:
    server = fresh.serve()
    ada = server.person("ada")
    conversation = ada.conversation()
    ada.say(conversation, str(tmp_path / "never"), kind="test.held")
    ada.started(conversation)

    with ada.stream(conversation) as stream:
        server.supervisor.send_signal(signal.SIGINT)
        stream.until("stream.end")  # the first has been heard: two that are heard together are one
    server.supervisor.send_signal(signal.SIGINT)
    server.supervisor.wait(PATIENCE)

    assert "second signal: leaving at once" in server.log.read_text()


def test_signal_between_two_servers_ends_it_at_once(fresh: Deployment) -> None:
    server = fresh.serve()
    for _ in range(5):  # each pause is twice as long as the one before; the fifth takes 3.2 s
        process = eventually(server.supervisor.children)[0]
        process.kill()
        psutil.wait_procs([process], PATIENCE)

    server.supervisor.send_signal(signal.SIGTERM)

    assert server.supervisor.wait(PATIENCE) == 0
    assert "Traceback" not in server.log.read_text()


def test_server_whose_supervisor_is_killed_ends_too(fresh: Deployment) -> None:
    server = fresh.serve()
    process = server.process

    server.supervisor.kill()

    _, alive = psutil.wait_procs([process], timeout=PATIENCE)
    assert alive == []


def test_production_without_secrets_refuses_and_names_each() -> None:
    bare = {name: os.environ[name] for name in ("PATH", "VAR_DIR")}
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port=1"],
        cwd=ROOT,
        env={**bare, "ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    for name in ("SECRET_KEY", "SIGNING_KEY", "ALLOWED_HOSTS"):
        assert name in done.stderr
