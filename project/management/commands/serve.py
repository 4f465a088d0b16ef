"""`manage.py serve`: the one way the server starts. A supervisor holds the listening socket and restarts a dead server.

The socket outlives the server: who connects while it restarts waits a moment instead of being refused.
"""

import errno
import socket
import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from project.supervising import Supervisor

BACKLOG: Final = 1024


class Command(BaseCommand):
    help = "Serve web, WebSocket and SSE, and carry runs beside it, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        url = f"http://{options['host']}:{options['port']}"
        listening = _listen(options["host"], options["port"])

        def serve() -> int:
            from project.serving import SwitchboardServer  # installs Twisted's reactor: in the server only

            server = SwitchboardServer(listening.detach(), f"console at {url}/ and admin at {url}/admin/")
            server.serve()
            return 1 if server.parts.failed else 0

        sys.exit(Supervisor("serve", serve, listening).run())


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is taken by another program. Stop it, or choose another port: make run PORT={port + 1}"
            ) from error
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
