"""The comparison project, on a database of its own beside that of ours."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests import ports
from tests.databases import FOLDER, ROOT
from tests.live import eventually
from tests.modes import PRODUCTION


@dataclass(frozen=True)
class Stock:
    """Running. `token` is that of a member of all its conversations."""

    port: int
    token: str
    conversations: list[int]


@contextmanager
def stock(conversations: int) -> Iterator[Stock]:
    environment = {**os.environ, **_database(f"stock_{os.getpid()}_{time.monotonic_ns()}")}
    seed = [sys.executable, "-m", "tests.bench.stock.seed", str(conversations)]
    made = subprocess.run(seed, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    hold = ports.held()
    port = ports.number(hold)
    daphne = [sys.executable, "-m", "daphne", "-v", "0", "-p", str(port), "tests.bench.stock.asgi:application"]
    server = subprocess.Popen(daphne, cwd=ROOT, env=environment)
    try:
        eventually(lambda: _answers(port))
        yield Stock(port, **json.loads(made.stdout))
    finally:
        server.kill()
        server.wait()
        hold.close()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{ports.LOOPBACK}:{port}/").status_code == httpx.codes.NOT_FOUND
    except httpx.TransportError:
        return False


def _database(name: str) -> dict[str, Any]:
    if not PRODUCTION:
        folder = Path(FOLDER, name)
        folder.mkdir()
        return {"VAR_DIR": str(folder)}
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return {"DATABASE_URL": os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?")}
