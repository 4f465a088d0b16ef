"""`manage.py worker`: carries runs and periodic jobs for servers elsewhere. A supervisor restarts it when it dies."""

import asyncio
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from project.supervising import Supervisor


class Command(BaseCommand):
    help = "Carry runs and periodic jobs, without serving, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--child", action="store_true", help="Work in this process, without a supervisor.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RUN_CONCURRENCY:
            raise CommandError(
                "RUN_CONCURRENCY is 0: a worker would have nothing to do. Leave it out, or set it above 0."
            )
        if not options["child"]:
            sys.exit(Supervisor(["worker", "--child"]).run())
        from project.working import work  # starts its parts: in the child only

        sys.exit(asyncio.run(work()))
