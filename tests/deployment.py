"""A real installation for a test: a database of its own, `manage.py serve` and `manage.py worker` processes.

Its database begins with ada, bob and eve.
"""

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TypeVar

import psutil

from tests import databases, forge, ports
from tests.databases import FOLDER
from tests.live import PATIENCE, LivePerson, eventually

T = TypeVar("T", bound="Worker")


class Worker:
    """One `manage.py worker`: a supervisor process and the working process below it. `log`: what both have said."""

    READY = "working; "

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.log = Path(tempfile.mkstemp(prefix=f"{type(self).__name__.lower()}-", suffix=".log", dir=FOLDER)[1])
        self.start()

    @property
    def command(self) -> list[str]:
        return ["worker"]

    def start(self) -> None:
        self._heard = self.log.stat().st_size
        self.supervisor = forge.start(self.command, self._environment, self.log)
        try:
            self.wait()
        except AssertionError:
            self.close()  # nobody else would: whoever asked for it gets nothing to close
            raise

    def wait(self, seconds: float = PATIENCE) -> None:
        """Until it is ready."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self._ready():
                return
            if self.supervisor.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the process is not ready:\n{self.log.read_text()[-4000:]}")

    @property
    def process(self) -> psutil.Process:
        """The process that works, once the supervisor has started it."""
        found: list[psutil.Process] = eventually(self.supervisor.children)
        return found[0]

    def kill(self) -> None:
        """kill -9 the working process; its supervisor starts another."""
        self._heard = self.log.stat().st_size
        self.process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> int:
        """SIGTERM, as an init system does it. Returns the exit status."""
        self.supervisor.send_signal(signal.SIGTERM)
        return int(self.supervisor.wait(PATIENCE))

    def close(self) -> None:
        """kill -9 of all, the supervisor first: it would start another child."""
        for process in [self.supervisor, *self._below()]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.supervisor.wait(PATIENCE)

    def _ready(self) -> bool:
        return self.READY in self.log.read_text()[self._heard :]

    def _below(self) -> list[psutil.Process]:
        try:
            found: list[psutil.Process] = self.supervisor.children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return found


class Server(Worker):
    """One `manage.py serve`."""

    def __init__(self, environment: dict[str, str], sessions: dict[str, list[str]]) -> None:
        self._sessions = sessions
        self._hold = ports.held()
        self.port = ports.number(self._hold)
        self.url = f"http://127.0.0.1:{self.port}"
        self._people: list[LivePerson] = []
        super().__init__(environment)

    @property
    def command(self) -> list[str]:
        return ["serve", f"--port={self.port}"]

    def person(self, username: str) -> LivePerson:
        """Somebody signed in here; in a session of their own each time."""
        begun = self._sessions.get(username)
        self._people.append(LivePerson(self.url, username, begun.pop() if begun else None))
        return self._people[-1]

    def close(self) -> None:
        for person in self._people:
            person.http.close()
        super().close()
        self._hold.close()

    def _ready(self) -> bool:
        connection = HTTPConnection(
            "127.0.0.1", self.port, timeout=10
        )  # a client of httpx costs as much as 20 of these
        try:
            connection.request("GET", "/healthz/ready")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class Deployment:
    def __init__(self, name: str, **settings: str) -> None:
        self.environment = _database(name) | settings
        copied = "DATABASE_URL" not in settings  # a database of its own has none of the template's sessions
        self._sessions: dict[str, list[str]] = json.loads(databases.SESSIONS.read_text()) if copied else {}
        self.processes: list[Worker] = []

    @property
    def servers(self) -> list[Server]:
        return [process for process in self.processes if isinstance(process, Server)]

    def serve(self, **settings: str) -> Server:
        server = Server(self.environment | settings, self._sessions)
        self.processes.append(server)
        return server

    def work(self, **settings: str) -> Worker:
        worker = Worker(self.environment | settings)
        self.processes.append(worker)
        return worker

    def manage(self, *arguments: str) -> str:
        """What the command said."""
        log = Path(tempfile.mkstemp(prefix="manage-", suffix=".log", dir=FOLDER)[1])
        forge.start(list(arguments), self.environment, log).wait()
        return log.read_text()

    def close(self) -> None:
        for process in self.processes:
            process.close()


def alive_among(deployment: Deployment, kind: type[T]) -> Iterator[T]:
    """Its processes of just this kind that nothing has ended."""
    return (one for one in deployment.processes if type(one) is kind and one.supervisor.poll() is None)


@contextmanager
def deployed(name: str, **settings: str) -> Iterator[Deployment]:
    deployment = Deployment(f"{name}_{os.getpid()}_{time.monotonic_ns()}", **settings)
    try:
        yield deployment
    finally:
        deployment.close()


def _database(name: str) -> dict[str, str]:
    databases.copy(databases.PEOPLED, name)
    return databases.environment(name)
