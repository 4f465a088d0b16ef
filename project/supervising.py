"""A supervisor: forks a child that does the work, another when that one dies, and passes signals on.

A child begins with what the supervisor has loaded and checked. So the supervisor may hold nothing that two processes
cannot share: no thread, no connection to the database or Redis, no event loop.
"""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkProcess
from typing import Final

from django.db import connections

from project import pools

LONGEST_PAUSE: Final = 5.0
HEALTHY_SECONDS: Final = 10.0
SELDOM: Final = 50_000  # objects made between two looks for what can go: far less than while they were loaded
STOP: Final = (signal.SIGINT, signal.SIGTERM)
HEARD: Final = (*STOP, signal.SIGCHLD)
DONE: Final = 100  # says that the work has returned 0: status 0 may be foreign code's that left the process


def orphaned() -> bool:
    """Whether the supervisor that forked this process is gone, also when that was before anybody asked."""
    supervisor = multiprocessing.parent_process()
    return supervisor is not None and os.getppid() != supervisor.pid


class Supervisor:
    """`work` is done in the child and returns its exit status. `listening`: the child has it too, once it is forked."""

    def __init__(self, name: str, work: Callable[[], int], listening: socket.socket | None = None) -> None:
        self._name, self._work, self._listening = name, work, listening
        self._stopped = False

    def run(self) -> int:
        """Until the work returns 0 or a signal ends it; returns its exit status."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever ignores it, as some launchers do, gets no exit status
        # Held back and read one by one: none is lost or comes twice while a child is forked.
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        pause = 0.1
        while True:
            began = time.monotonic()
            status = self._run_once()
            if status == DONE:
                return 0
            if self._stopped:
                return max(status, 0)
            pause = 0.1 if time.monotonic() - began > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            sys.stderr.write(f"{self._name} ended with status {status}; it is restarted.\n")
            if signal.sigtimedwait(STOP, pause):
                return 0

    def _run_once(self) -> int:
        connections.close_all()  # a system check may have asked the database
        pools.close()
        gc.freeze()  # what is loaded stays: a child need neither look through it again nor copy it
        gc.set_threshold(SELDOM)
        child = multiprocessing.get_context("fork").Process(target=self._be_child)
        child.start()
        while child.exitcode is None:
            if signal.sigwait(HEARD) in STOP:
                self._stop(child)
        return child.exitcode

    def _stop(self, child: ForkProcess) -> None:
        self._stopped = True
        if self._listening:
            self._listening.close()
        child.terminate()

    def _be_child(self) -> None:
        os.setsid()  # Ctrl-C in a terminal reaches the supervisor alone, which passes it on once
        for number in STOP:
            signal.signal(number, signal.SIG_DFL)  # ends it at once, until there is something to drain
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        sys.exit(self._work() or DONE)
