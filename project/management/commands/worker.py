"""`manage.py worker`: carries runs and periodic jobs for servers elsewhere. A supervisor restarts it when it dies."""

import asyncio
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from project.supervising import Supervisor
from project.working import work


class Command(BaseCommand):
    help = "Carry runs and periodic jobs, without serving, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RUN_CONCURRENCY:
            raise CommandError(
                "RUN_CONCURRENCY is 0: a worker would have nothing to do. Leave it out, or set it above 0."
            )
        sys.exit(Supervisor("worker", lambda: asyncio.run(work())).run())
