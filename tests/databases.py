"""Databases to begin with, made once a run by who comes first; what a test writes into is a copy."""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import psycopg

from tests.modes import PRODUCTION

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = Path(os.environ["TEST_FOLDER"])
SESSIONS: Final = FOLDER / "sessions.json"  # of the people, by their refresh tokens
MIGRATED: Final = "migrated"
PEOPLED: Final = "peopled"  # with ada, bob and eve
FILE: Final = "switchboard.sqlite3"


def copy(of: str, name: str) -> None:
    """A database called `name` (a folder, with SQLite) that is as `MIGRATED` or `PEOPLED`."""
    _made(of)
    _copy(of, name)


def environment(name: str, **settings: str) -> dict[str, str]:
    """For processes on that database. Ada signs in more often during a drill than she may have sessions: the oldest
    would end, and a test with it.
    """
    where = {"DATABASE_URL": _address(name)} if PRODUCTION else {"VAR_DIR": str(FOLDER / name)}
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**usual, "LOG_LEVEL": "INFO", "SESSIONS_PER_USER": "0", **where, **settings}


@cache
def _made(name: str) -> None:
    made = FOLDER / f"{name}.made"
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _MAKERS[name](name)
            made.touch()


def _migrate(name: str) -> None:
    if PRODUCTION:
        _execute(f'CREATE DATABASE "{name}"')
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment(name), check=True)


def _people(name: str) -> None:
    copy(MIGRATED, name)
    with SESSIONS.open("w") as sessions:
        command = [sys.executable, "-m", "tests.seed"]
        subprocess.run(command, cwd=ROOT, env=environment(name), check=True, stdout=sessions)


_MAKERS: Final = {MIGRATED: _migrate, PEOPLED: _people}


def _copy(of: str, name: str) -> None:
    if PRODUCTION:
        _execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
    else:
        shutil.copytree(FOLDER / of, FOLDER / name)


def _execute(statement: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)


def _address(name: str) -> str:
    return os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?")
