"""Another ASGI server runs the same application: its lifespan starts and stops what `manage.py serve` does itself."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests import ports
from tests.databases import ROOT
from tests.deployment import Deployment, deployed
from tests.live import PATIENCE, LivePerson, eventually


class Uvicorn:
    def __init__(self, deployment: Deployment, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        command = ["-m", "uvicorn", "project.asgi:application", f"--port={port}", "--ws=websockets-sansio"]
        self.process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=deployment.environment)
        try:
            eventually(self._ready)
        except AssertionError:
            self.close()
            raise

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz/ready").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def uvicorn() -> Iterator[Uvicorn]:
    with deployed("uvicorn", EXTRA_APPS="tests.handlers_app") as deployment, ports.held() as hold:
        server = Uvicorn(deployment, ports.number(hold))
        yield server
        server.close()


@pytest.fixture
def ada(uvicorn: Uvicorn) -> Iterator[LivePerson]:
    person = LivePerson(uvicorn.url, "ada")
    with closing(person.http):
        yield person


def test_main_job_runs_under_uvicorn(ada: LivePerson) -> None:
    conversation = ada.conversation()

    with ada.stream(conversation) as stream:
        ada.say(conversation, "30", kind="test.slow")
        seen = stream.until("run.completed")

    assert "message.delta" in [event["type"] for event in seen]
    assert ada.messages(conversation)[-1]["role"] == "assistant"


def test_sigterm_under_uvicorn_ends_streams_and_finishes_what_runs(uvicorn: Uvicorn, ada: LivePerson) -> None:
    conversation = ada.conversation()

    with ada.socket() as socket, ada.stream(conversation) as stream:
        ada.say(conversation, "15", kind="test.slow")
        stream.until("message.delta")
        uvicorn.process.send_signal(signal.SIGTERM)
        last = stream.until("stream.end")[-1]
        with pytest.raises(ConnectionClosed) as closed:
            socket.until("never")
    status = uvicorn.process.wait(PATIENCE)

    assert last["data"] == {"reason": "restarting"}
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4503
    assert status in (0, -signal.SIGTERM)
