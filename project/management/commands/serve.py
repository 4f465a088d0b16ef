"""`manage.py serve`: the one way the server starts. A supervisor holds the listening socket and restarts a dead server.

The socket outlives the server: who connects while it restarts waits a moment instead of being refused.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

BACKLOG: Final = 1024
LONGEST_PAUSE: Final = 5.0
HEALTHY_SECONDS: Final = 10.0


class Command(BaseCommand):
    help = "Serve web, WebSocket and SSE, and work the local queue, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fd", type=int, help="Serve on this listening socket, without a supervisor.")

    def handle(self, *args: Any, **options: Any) -> None:
        url = f"http://{options['host']}:{options['port']}"
        if options["fd"] is None:
            sys.exit(Supervisor(_listen(options["host"], options["port"]), options).run())
        from project.serving import SwitchboardServer  # installs Twisted's reactor: in the server only

        server = SwitchboardServer(options["fd"], f"console at {url}/ and admin at {url}/admin/")
        server.serve()
        sys.exit(1 if server.failed else 0)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is taken by another program. Stop it, or choose another port: make run PORT={port + 1}"
            ) from error
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


class Supervisor:
    def __init__(self, listening: socket.socket, options: dict[str, Any]) -> None:
        self._listening = listening
        self._arguments = [f"--host={options['host']}", f"--port={options['port']}", f"--fd={listening.fileno()}"]
        self._server: subprocess.Popen[bytes] | None = None
        self._signal: int | None = None
        self._bell: SimpleQueue[int] = SimpleQueue()  # an Event that a handler sets can deadlock with its own thread

    def run(self) -> int:
        """Until the server ends by itself or by a signal; returns its exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._pass_on)
        pause = 0.1
        while self._signal is None:
            began = time.monotonic()
            status = self._serve_once()
            if status == 0 or self._signal is not None:
                return max(status, 0)
            pause = 0.1 if time.monotonic() - began > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            sys.stderr.write(f"The server ended with status {status}; it is restarted.\n")
            with suppress(Empty):
                self._bell.get(timeout=pause)
        return 0

    def _serve_once(self) -> int:
        # A session of its own: Ctrl-C in a terminal reaches the supervisor alone, which passes it on once.
        self._server = None
        self._server = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, sys.argv[0], "serve", *self._arguments],
            pass_fds=[self._listening.fileno()],
            start_new_session=True,
            env=os.environ,
        )
        if self._signal is not None:  # it came while there was no server to pass it on to
            self._pass_on(self._signal, None)
        return self._server.wait()

    def _pass_on(self, number: int, _: Any) -> None:
        self._signal = number
        self._bell.put(number)
        if self._server is not None:
            self._listening.close()  # not before there is a server: it could not be started without
            self._server.send_signal(number)
