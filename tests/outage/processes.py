"""Process control, and a look at the rows behind it: kill -9 in the middle of work, STOP, CONT."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psutil
import psycopg

from tests.deployment import Deployment, Worker
from tests.live import eventually
from tests.modes import PRODUCTION


@dataclass(frozen=True)
class Death:
    """A process that was killed at `at` (wall clock), and the runs that it worked on."""

    at: float
    pid: int
    runs: tuple[str, ...]


def kill(deployment: Deployment, worker: Worker) -> Death:
    """kill -9. Stopped for the moment in which its work is read, so that nothing is concluded in between."""
    process = worker.process
    process.suspend()
    held = held_by(deployment, process)
    at = time.time()
    process.kill()
    return Death(at, process.pid, held)


def freeze(worker: Worker) -> None:
    """SIGSTOP: the process keeps its connections and leases, and does nothing."""
    worker.process.suspend()


def thaw(worker: Worker) -> None:
    worker.process.resume()


def held_by(deployment: Deployment, process: psutil.Process) -> tuple[str, ...]:
    """The runs that a process works on, as REST writes their ids."""
    held = rows(deployment, "SELECT id, holder FROM dispatch_run WHERE state = 'running'")
    return tuple(_uuid(id) for id, holder in held if f":{process.pid}:" in holder)


def wait_until_busy(deployment: Deployment, worker: Worker) -> None:
    eventually(lambda: held_by(deployment, worker.process))


def busy(deployment: Deployment) -> list[Worker]:
    """Those whose process works on something."""
    alive = [worker for worker in deployment.processes if worker.supervisor.children()]
    return [worker for worker in alive if held_by(deployment, worker.process)]


def rows(deployment: Deployment, query: str) -> list[tuple[Any, ...]]:
    """Reads the database directly: what no API shows, and while no server answers."""
    if PRODUCTION:
        with psycopg.connect(deployment.environment["DATABASE_URL"], autocommit=True) as connection:
            return list(connection.execute(query.encode()).fetchall())
    file = f"file:{deployment.environment['VAR_DIR']}/switchboard.sqlite3?mode=ro"
    with closing(sqlite3.connect(file, uri=True, timeout=20)) as connection:
        return list(connection.execute(query).fetchall())


def _uuid(value: object) -> str:
    return str(UUID(str(value)))
