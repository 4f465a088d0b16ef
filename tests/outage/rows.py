"""Reads the database of a deployment directly: what no API shows, and while no server answers."""

import sqlite3
from contextlib import closing
from typing import Any

import psutil
import psycopg

from tests.deployment import Deployment
from tests.modes import PRODUCTION


def read(deployment: Deployment, query: str) -> list[tuple[Any, ...]]:
    if PRODUCTION:
        with psycopg.connect(deployment.environment["DATABASE_URL"], autocommit=True) as connection:
            return list(connection.execute(query.encode()).fetchall())
    file = f"file:{deployment.environment['VAR_DIR']}/switchboard.sqlite3?mode=ro"
    with closing(sqlite3.connect(file, uri=True, timeout=20)) as connection:
        return list(connection.execute(query).fetchall())


def held_by(deployment: Deployment, process: psutil.Process) -> list[str]:
    """The runs that a process works on."""
    held = read(deployment, "SELECT id, holder FROM dispatch_run WHERE state = 'running'")
    return [str(id).replace("-", "") for id, holder in held if f":{process.pid}:" in holder]
