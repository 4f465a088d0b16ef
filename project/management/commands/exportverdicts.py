"""`manage.py exportverdicts [--since YYYY-MM-DD]`: findings that staff judged, as rows for `manage.py evalfilters`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import make_aware

from dispatch import evaluation
from project.ids import first_at


class Command(BaseCommand):
    help = "Write judged findings as JSON lines. The texts are as they were sent: keep them as you keep secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", metavar="DAY", help="findings of this day (YYYY-MM-DD) and later")

    def handle(self, *args: Any, **options: Any) -> None:
        after = _first_of(options["since"]) if options["since"] else None
        while True:
            page = evaluation.page(after)
            self.stdout.write(page.lines.decode(), ending="")
            after = page.next
            if after is None:
                return


def _first_of(day: str) -> UUID:
    try:
        return first_at(make_aware(datetime.strptime(day, "%Y-%m-%d")))  # noqa: DTZ007 - the next call gives it a zone
    except ValueError as error:
        raise CommandError("--since takes a day, such as 2026-11-29.") from error
