"""A process of the whole run that has loaded the libraries; below it one for each environment that has set up Django.
They fork another for each `manage.py` of a test: else that is most of each start, and tests start some hundreds.

What is forked then runs `manage.py` as a command line does, with an environment, arguments and a log of its own.
"""

import fcntl
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import django
import psutil
from django.apps import apps
from django.conf import settings

ROOT: Final = Path(__file__).resolve().parent.parent
SEEN: Final = b"seen"
LONGEST: Final = 100_000  # bytes of a wish
# Wherever these are, what was set up is the same: it is moved there, or looks for the last three while it works.
PLACES: Final = {"VAR_DIR", "DATABASE_URL", "REDIS_URL", "HELD_FOLDER", "CRASH_FILE", "JOB_FILE"}
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
        self._line.sendall(SEEN)

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
    """Where the forge of this run listens. Who comes first starts it; it ends with the run."""
    folder = Path(os.environ["TEST_FOLDER"])
    path = folder / "forge"
    with (folder / "forge.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            command = [sys.executable, "-m", "tests.forge", str(path)]
            quiet = subprocess.DEVNULL
            subprocess.run(command, cwd=ROOT, check=True, stdin=quiet, stdout=quiet, start_new_session=True)
    return str(path)


def main(path: str) -> None:
    """Returns once it listens, and leaves a process behind that does."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen(100)
    if os.fork() == 0:
        _forging(door)
        os._exit(0)


def _forging(door: socket.socket) -> None:
    gc.disable()
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    door.settimeout(1)
    kinds: dict[frozenset[Any], socket.socket] = {}
    while psutil.pid_exists(int(os.environ["TEST_RUN"])):
        with suppress(TimeoutError):
            line, _ = door.accept()
            wish = line.makefile("rb").readline()
            environment = json.loads(wish)["environment"]
            kind = frozenset((name, bool(set_) if name in PLACES else set_) for name, set_ in environment.items())
            if kind not in kinds:
                kinds[kind] = _warmed(environment, [door, line, *kinds.values()])
            socket.send_fds(kinds[kind], [wish], [line.fileno()])
            line.close()


def _warmed(environment: dict[str, str], others: list[socket.socket]) -> socket.socket:
    """Where to send wishes of this environment, each with its line: to a process that has set up Django already."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        there.close()
        return here
    for other in (here, *others):
        other.close()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if process and os.waitpid(process, 0)[1] == 0:
        os._exit(0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if not process:
        _set_up()
    while True:
        wish, lines, _, _ = socket.recv_fds(there, LONGEST, 1)
        if not lines:  # the forge is gone
            os._exit(0)
        with socket.socket(fileno=lines[0]) as line:
            if os.fork() == 0:
                there.close()
                _keep(line, json.loads(wish))


def _set_up() -> None:
    """Or end, where settings are refused or an app cannot be loaded: `manage.py` says so, and begins without this."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    gc.disable()
    try:
        django.setup()
        import_module("project.urls")
    except BaseException:  # noqa: BLE001 - whatever an app raises
        os._exit(1)
    gc.collect()
    gc.freeze()
    gc.enable()


def _keep(line: socket.socket, wish: dict[str, Any]) -> None:
    """Fork the process that was wished for, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if process == 0:
        line.close()
        _be(**wish)
    line.sendall(b"%d\n" % process)
    line.recv(len(SEEN))  # until then it is there to be looked at, also when it has ended
    _, status = os.waitpid(process, 0)
    with suppress(OSError):  # who wished for it is gone
        line.sendall(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _move() -> None:
    """What was set up is at home where this process is told to be."""
    module: Any = import_module("project.settings")
    module.VAR_DIR = settings.VAR_DIR = Path(os.environ["VAR_DIR"])
    settings.DATABASES["default"].update(module._database())
    if settings.REDIS_URL:
        module.REDIS_URL = settings.REDIS_URL = os.environ["REDIS_URL"]
        settings.CACHES["default"]["LOCATION"] = module.RINGS_HOST["address"] = settings.REDIS_URL


def _be(arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["manage.py", *arguments]
    if apps.ready:
        _move()
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
