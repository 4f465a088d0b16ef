"""Two web processes behind a balancer, two workers, and a person who notices nothing when one of each is killed."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import uuid4

import httpx

from tests.deployment import Deployment, Server, Worker, deployed
from tests.live import FINAL, LivePerson, eventually
from tests.outage.proxy import Proxy
from tests.people import PASSWORD

TEXTS: Final = ("The launch is on 9 May and Grace signs the release.", "When is the launch?", "Who signs the release?")
LAST: Final = "How many messages are in this conversation?"


def main() -> None:
    """Tell the story once; with a terminal, and without DEMO_ONCE=1, stay up for whoever wants to look around."""
    began = time.monotonic()
    with deployed("demo") as deployment, suppress(KeyboardInterrupt):
        servers = [deployment.serve(RUN_CONCURRENCY="0") for _ in range(2)]
        workers = [deployment.work() for _ in range(2)]
        with Proxy(*(server.port for server in servers)) as balancer:
            url = f"http://127.0.0.1:{balancer.port}"
            _say(f"Up after {time.monotonic() - began:.0f} s: two web processes behind {url}/, two workers.")
            _Story(url, deployment, workers).tell()
            if sys.stdin.isatty() and os.environ.get("DEMO_ONCE") != "1":
                _say(f"Look around at {url}/ and {url}/admin/ as ada or bob, password: {PASSWORD}")
                _say("Ctrl-C stops everything.")
                signal.pause()
    _say("Stopped.")


class _Story:
    def __init__(self, url: str, deployment: Deployment, workers: list[Worker]) -> None:
        self._servers, self._workers = deployment.servers, workers
        self._ada = LivePerson(url, "ada")
        self._ada.http.headers["Connection"] = "close"  # each request is the balancer's to place
        self._conversation = self._ada.conversation(title="Production demo")
        self._cursor: str | None = None

    def tell(self) -> None:
        _say("ada has signed in and begun a conversation.")
        for text in TEXTS:
            server, worker = self._ask(text)
        server.kill()
        worker.kill()
        _say(f"kill -9: {self._name(server)}, which took the last message, and {self._name(worker)}, which answered.")
        self._ask(LAST)
        events = self._ada.events(self._conversation)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        _say(f"The log has events 1 to {len(events)} without a gap. Every message was answered once.")
        self._ada.http.close()

    def _ask(self, text: str) -> tuple[Server, Worker]:
        """Send, follow the stream to the answer, and find who did what by what they logged."""
        id, key = f"demo-{uuid4()}", str(uuid4())
        run = eventually(lambda: self._sent(text, key, id), 60)
        answer = eventually(lambda: self._answer(run), 60)
        assert self._ada.http.get(f"/api/v1/runs/{run}/").json()["state"] == "completed"
        server: Server = eventually(lambda: _who_logged(id, self._servers))
        worker: Worker = eventually(lambda: _who_logged(run, self._workers))
        _say(f'  ada: "{text}" (taken by {self._name(server)})\n    "{answer}" (answered by {self._name(worker)})')
        return server, worker

    def _sent(self, text: str, key: str, id: str) -> str | None:
        """Again until it is accepted, with one key, as a good client does."""
        path = f"/api/v1/conversations/{self._conversation}/messages/"
        with suppress(httpx.TransportError):
            answer = self._ada.http.post(
                path, json={"text": text}, headers={"Idempotency-Key": key, "X-Request-ID": id}
            )
            return str(answer.json()["run"]) if answer.status_code == 202 else None
        return None

    def _answer(self, run: str) -> str | None:
        """The text that a run ends with. The stream is taken up again where it broke off."""
        text = None
        with suppress(httpx.TransportError), self._ada.stream(self._conversation, self._cursor) as stream:
            for frame in stream.frames():
                self._cursor = frame.get("id", self._cursor)
                event = frame["data"]
                if event["run"] == run and event["type"] == "message.completed":
                    text = str(event["data"]["message"]["text"])
                if event["run"] == run and event["type"] in FINAL:
                    return text
        return None

    def _name(self, process: Worker) -> str:
        kind: Sequence[Worker] = self._servers if isinstance(process, Server) else self._workers
        return f"{'web process' if isinstance(process, Server) else 'worker'} {kind.index(process) + 1}"


def _who_logged(id: str, processes: Sequence[Worker]) -> Worker | None:
    return next((process for process in processes if id in process.log.read_text()), None)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
