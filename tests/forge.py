"""A process that has loaded the libraries, and forks another for each `manage.py` of a test: else to load them again is
a third of each start, and tests start some hundreds.

What is forked then runs `manage.py` as a command line does, with an environment, arguments and a log of its own.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
# Those that take longest, and read no settings when they are loaded.
LIBRARIES: Final = (
    *("autobahn.websocket.protocol", "cryptography.x509", "django.core.management", "django.db.backends.sqlite3.base"),
    *(
        "django.http",
        "django.template.engine",
        "email.mime.text",
        "jsonschema",
        "orjson",
        "phonenumbers",
        "procrastinate",
    ),
    *("prometheus_client", "psycopg", "psycopg_pool", "re2", "redis.asyncio", "regex", "referencing.jsonschema"),
    *("service_identity", "simpleeval", "sqlparse", "twisted.internet.endpoints", "twisted.web.http", "urllib.request"),
    *("httpx", "standardwebhooks", "yaml", "jwt", "msgpack", "click", "asgiref.sync", "concurrent.futures.thread"),
)


class Forged(psutil.Process):
    """A forked process, as `psutil.Popen` shows a started one. The line to its keeper tells its status once it ends."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(_forge())
        wish = {"arguments": arguments, "environment": environment, "log": str(log)}
        self._line.sendall(json.dumps(wish).encode() + b"\n")
        self._told = self._line.makefile("rb")
        self._status: int | None = None
        super().__init__(int(self._told.readline()))

    def poll(self) -> int | None:
        with suppress(TimeoutError):
            return self.wait(0.001)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; below zero the signal that ended it.

        :raises TimeoutError: while it lives.
        """
        if self._status is None:
            self._line.settimeout(timeout)
            self._status = int(self._line.recv(16))
            self._told.close()
            self._line.close()
        return self._status


def start(arguments: list[str], environment: dict[str, str], log: Path) -> "Forged | psutil.Popen":
    """`manage.py` with these arguments; what it says goes to the end of `log`."""
    if not any(name.startswith("COVERAGE_") for name in os.environ):  # that begins with an interpreter of its own
        return Forged(arguments, environment, log)
    with log.open("ab") as written:
        command = [sys.executable, "manage.py", *arguments]
        return psutil.Popen(command, cwd=ROOT, env=environment, stdout=written, stderr=written, start_new_session=True)


@cache
def _forge() -> str:
    """Where the forge of this process listens."""
    path = tempfile.mktemp(prefix="forge-", dir=os.environ["TEST_FOLDER"])  # noqa: S306 - the folder is ours alone
    process = subprocess.Popen([sys.executable, "-m", "tests.forge", path], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    atexit.register(process.kill)
    return path


def main(path: str) -> None:
    gc.disable()
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen(100)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    door.settimeout(1)
    while os.getppid() != 1:  # else who asked for it is gone
        with suppress(TimeoutError):
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _keep(line)
            line.close()


def _keep(line: socket.socket) -> None:
    """Fork the process that was wished for, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    wish = json.loads(line.makefile("rb").readline())
    process = os.fork()
    if process == 0:
        line.close()
        _be(**wish)
    line.sendall(b"%d\n" % process)
    _, status = os.waitpid(process, 0)
    with suppress(OSError):  # who wished for it is gone
        line.sendall(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _be(arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["manage.py", *arguments]
    status: Any = 1
    try:
        runpy.run_path("manage.py", run_name="__main__")
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException as error:  # noqa: BLE001 - as an interpreter does at its end
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
