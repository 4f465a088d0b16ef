"""`manage.py purge_sessions`: what the hourly jobs remove, now, and after fewer days if wanted."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from security import purging

MOST_DAYS: Final = 36_500


class Command(BaseCommand):
    help = "Remove sessions some days after their end, and revocations of tokens that have ended by themselves."

    def add_arguments(self, parser: CommandParser) -> None:
        told = "days since their end, 0 for all that are over; by default as SESSIONS_KEPT_DAYS says"
        parser.add_argument("--older-than", type=int, metavar="DAYS", default=settings.SESSIONS_KEPT_DAYS, help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["older_than"]
        if not 0 <= days <= MOST_DAYS:
            raise CommandError(f"--older-than takes a number of days, 0 to {MOST_DAYS}.")
        sessions = purging.purge_sessions(timedelta(days=days))
        tokens = purging.purge_revoked_tokens()
        self.stdout.write(f"Removed {sessions} ended sessions and {tokens} revocations of ended tokens.")
