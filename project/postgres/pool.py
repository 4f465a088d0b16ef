"""A psycopg pool that a restart of the database costs one wait, and an outage no crowd of waiting threads."""

import logging
from typing import Any, Final

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

logger = logging.getLogger(__name__)

PATIENCE: Final = 3.0  # seconds a thread waits for a connection
HASTE: Final = 0.1  # the same, while the database is known to be away: else all who wait would wait in turns
# The pause between attempts doubles until this is over, and begins anew at one second with the next that asks: so
# an outage of any length is over here at most two seconds after it is over there.
RECONNECT_SECONDS: Final = 2.0


class ProvenPool(ConnectionPool[Connection[Any]]):
    """Gives out no connection that a restart broke: each is proven first, and one that fails has all others tested."""

    def __init__(self, name: str, size: int, **options: Any) -> None:
        super().__init__(
            name=name,
            min_size=0,
            max_size=size,
            max_idle=60,
            timeout=PATIENCE,
            reconnect_timeout=RECONNECT_SECONDS,
            reconnect_failed=lambda _: self._note_outage(),
            check=self._prove,
            open=False,
            **options,
        )
        self._away = False

    def getconn(self, timeout: float | None = None) -> Connection[Any]:
        """:raises PoolTimeout: an OperationalError, when none was free in time."""
        connection = super().getconn(HASTE if self._away else timeout)
        if self._away:
            self._away = False
            logger.info("the database is back")
        return connection

    def _prove(self, connection: Connection[Any]) -> None:
        try:
            self.check_connection(connection)
        except OperationalError:
            self.check()  # the pool pauses a second and more after each further one that it would try in turn
            raise

    def _note_outage(self) -> None:
        if not self._away:
            logger.warning("the database is away: no connection can be made")
        self._away = True
