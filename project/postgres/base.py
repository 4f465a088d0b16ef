"""Django's PostgreSQL backend on two pools a process. `base` is the name under which Django looks for a backend.

Threads of ours have a place each in a pool of their own: whatever handlers hold, guard, leases and requests get on.
"""

import threading
from typing import Any, ClassVar

from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base

from project import pools
from project.postgres.pool import ProvenPool


class DatabaseWrapper(base.DatabaseWrapper):
    _pools: ClassVar[dict[str, ProvenPool]] = {}
    _making: ClassVar[threading.Lock] = threading.Lock()

    @property
    def pool(self) -> Any:
        """Django takes connections from here, and gives each back to where it came from."""
        if self.alias == NO_DB_ALIAS:
            return None
        own = pools.is_own_thread()
        with self._making:
            name = f"{self.alias} {'own' if own else 'common'}"
            if name not in self._pools:
                size = settings.OWN_CONNECTIONS if own else settings.HANDLER_CONNECTIONS
                self._pools[name] = ProvenPool(
                    name,
                    size,
                    kwargs=self.get_connection_params() | {"autocommit": True},
                    configure=self._configure_connection,  # type: ignore[attr-defined]  # not in the stubs
                )
            return self._pools[name]

    def close_pool(self) -> None:
        with self._making:
            found = list(self._pools.values())
            self._pools.clear()
        for pool in found:
            pool.close()
