"""A supervisor: runs one command of `manage.py` as its child, restarts it when it dies, and passes signals on."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final

LONGEST_PAUSE: Final = 5.0
HEALTHY_SECONDS: Final = 10.0


class Supervisor:
    """`command`: of `manage.py`. `listening`: a socket that the command inherits, and that outlives it."""

    def __init__(self, command: list[str], listening: socket.socket | None = None) -> None:
        self._command, self._listening = command, listening
        self._child: subprocess.Popen[bytes] | None = None
        self._signal: int | None = None
        self._bell: SimpleQueue[int] = SimpleQueue()  # an Event that a handler sets can deadlock with its own thread

    def run(self) -> int:
        """Until the child ends by itself or by a signal; returns its exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._pass_on)
        pause = 0.1
        while self._signal is None:
            began = time.monotonic()
            status = self._run_once()
            if status == 0 or self._signal is not None:
                return max(status, 0)
            pause = 0.1 if time.monotonic() - began > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            sys.stderr.write(f"{self._command[0]} ended with status {status}; it is restarted.\n")
            with suppress(Empty):
                self._bell.get(timeout=pause)
        return 0

    def _run_once(self) -> int:
        # A session of its own: Ctrl-C in a terminal reaches the supervisor alone, which passes it on once.
        self._child = None
        self._child = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, sys.argv[0], *self._command, "--skip-checks"],  # the supervisor has passed them
            pass_fds=[self._listening.fileno()] if self._listening else [],
            start_new_session=True,
            env=os.environ,
        )
        if self._signal is not None:  # it came while there was no child to pass it on to
            self._pass_on(self._signal, None)
        return self._child.wait()

    def _pass_on(self, number: int, _: Any) -> None:
        self._signal = number
        self._bell.put(number)
        if self._child is not None:
            if self._listening:
                self._listening.close()  # not before there is a child: it could not be started without
            self._child.send_signal(number)
