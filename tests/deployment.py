"""A real installation for a test: a database of its own and `manage.py serve` processes on loopback ports.

A template database with ada, bob and eve is made once; each deployment begins as a copy of it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx
import psutil
import psycopg

from tests.live import LivePerson
from tests.modes import PRODUCTION

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ["TEST_FOLDER"])


class Server:
    """One `manage.py serve`: a supervisor process and the server process below it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self.log = Path(tempfile.mkstemp(prefix="server-", suffix=".log", dir=FOLDER)[1])
        self._people: list[LivePerson] = []
        self.start()

    def person(self, username: str) -> LivePerson:
        """Somebody signed in here; signed in anew each time."""
        self._people.append(LivePerson(self.url, username))
        return self._people[-1]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.supervisor = psutil.Popen(
                [sys.executable, "manage.py", "serve", f"--port={self.port}"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self, seconds: float = 20) -> None:
        """Until it is ready."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                if httpx.get(f"{self.url}/healthz/ready", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if self.supervisor.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the server is not ready:\n{self.log.read_text()[-4000:]}")

    @property
    def process(self) -> psutil.Process:
        """The process that serves."""
        return self.supervisor.children()[0]

    def kill(self) -> None:
        """kill -9 the serving process; its supervisor starts another."""
        self.process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> int:
        """SIGTERM, as an init system does it. Returns the exit status."""
        self.supervisor.send_signal(signal.SIGTERM)
        return int(self.supervisor.wait(40))

    def close(self) -> None:
        for person in self._people:
            person.http.close()
        for process in [*self.supervisor.children(recursive=True), self.supervisor] if self._alive() else []:
            process.kill()
        self.supervisor.wait(10)

    def _alive(self) -> bool:
        return bool(self.supervisor.poll() is None)


class Deployment:
    def __init__(self, name: str, **settings: str) -> None:
        self.environment = _database(name) | settings
        self.servers: list[Server] = []

    def serve(self, **settings: str) -> Server:
        server = Server(self.environment | settings)
        self.servers.append(server)
        return server

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def close(self) -> None:
        for server in self.servers:
            server.close()


@contextmanager
def deployed(name: str, **settings: str) -> Iterator[Deployment]:
    deployment = Deployment(f"{name}_{os.getpid()}_{time.monotonic_ns()}", **settings)
    try:
        yield deployment
    finally:
        deployment.close()


def _database(name: str) -> dict[str, str]:
    template = _template()
    if PRODUCTION:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return _environment(DATABASE_URL=os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?"))
    folder = FOLDER / name
    shutil.copytree(template, folder)
    return _environment(VAR_DIR=str(folder))


@cache
def _template() -> str:
    """Migrated and peopled, once a test process."""
    name = f"template_{os.getpid()}"
    if PRODUCTION:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        environment = _environment(DATABASE_URL=os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?"))
    else:
        environment = _environment(VAR_DIR=str(FOLDER / name))
    for command in (["manage.py", "migrate", "-v", "0"], ["-m", "tests.seed"]):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    return name if PRODUCTION else str(FOLDER / name)


def _environment(**settings: str) -> dict[str, str]:
    return {**os.environ, "LOG_LEVEL": "INFO", **settings}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
