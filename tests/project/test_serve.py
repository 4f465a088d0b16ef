"""`manage.py serve`: one supervisor, one server; port, restart, drain, orphans."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.databases import ROOT
from tests.deployment import Deployment, Server, alive_among
from tests.live import PATIENCE, eventually


@pytest.fixture
def serving(deployment: Deployment) -> Server:
    """The one of the test before, unless that has ended it."""
    return next(alive_among(deployment, Server), None) or deployment.serve(EXTRA_APPS="tests.handlers_app")


def test_taken_port_is_said_in_plain_words(deployment: Deployment, serving: Server) -> None:
    said = deployment.manage("serve", f"--port={serving.port}")

    assert f"Port {serving.port} is taken" in said
    assert f"make run PORT={serving.port + 1}" in said
    assert "Traceback" not in said


def test_dead_server_is_restarted_and_no_connection_is_refused(serving: Server) -> None:
    before = serving.process.pid

    serving.kill()
    answer = httpx.get(f"{serving.url}/healthz/live", timeout=PATIENCE)

    assert answer.status_code == 200
    assert serving.process.pid != before


def test_sigterm_finishes_what_runs_and_says_goodbye_to_streams(serving: Server) -> None:
    ada = serving.person("ada")
    conversation = ada.conversation()
    with ada.socket() as socket, ada.stream(conversation) as stream:
        ada.say(conversation, "15", kind="test.slow")
        stream.until("message.delta")
        serving.supervisor.send_signal(signal.SIGTERM)
        last = stream.until("stream.end")[-1]
        with pytest.raises(ConnectionClosed) as closed:
            socket.until("never")
    status = serving.supervisor.wait(PATIENCE)

    assert last["data"] == {"reason": "restarting"}
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4503
    assert status == 0
    serving.start()
    types = [event["type"] for event in ada.events(conversation)]
    assert types.count("run.started") == types.count("run.completed") == 1


def test_run_that_outlasts_the_drain_is_given_back_and_started_again(serving: Server, tmp_path: Path) -> None:
    ada = serving.person("ada")
    conversation = ada.conversation()
    ada.say(conversation, str(tmp_path / "never"), kind="test.held")
    ada.started(conversation)

    serving.restart()

    eventually(lambda: [e for e in ada.events(conversation) if e["type"] == "run.started"][1:])
    queued = [event["data"] for event in ada.events(conversation) if event["type"] == "run.queued"]
    assert queued[1:] == [{"attempt": 1, "position": 0, "reason": "drain"}]


def test_second_signal_ends_it_at_once(serving: Server, tmp_path: Path) -> None:
    ada = serving.person("ada")
    conversation = ada.conversation()
    ada.say(conversation, str(tmp_path / "never"), kind="test.held")
    ada.started(conversation)

    with ada.stream(conversation) as stream:
        serving.supervisor.send_signal(signal.SIGINT)
        stream.until("stream.end")  # the first has been heard: two that are heard together are one
    serving.supervisor.send_signal(signal.SIGINT)
    serving.supervisor.wait(PATIENCE)

    assert "second signal: leaving at once" in serving.log.read_text()


def test_signal_between_two_servers_ends_it_at_once(serving: Server) -> None:
    for _ in range(5):  # each pause is twice as long as the one before; the fifth takes 3.2 s
        process = eventually(serving.supervisor.children)[0]
        process.kill()
        psutil.wait_procs([process], PATIENCE)

    serving.supervisor.send_signal(signal.SIGTERM)

    assert serving.supervisor.wait(PATIENCE) == 0
    assert "Traceback" not in serving.log.read_text()


def test_server_whose_supervisor_is_killed_ends_too(serving: Server) -> None:
    process = serving.process

    serving.supervisor.kill()

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
    for name in ("SECRET_KEY", "SIGNING_KEY", "VAULT_KEY", "ALLOWED_HOSTS"):
        assert name in done.stderr
