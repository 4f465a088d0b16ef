"""`manage.py forget USERNAME`: delete what somebody said, and what is known of them from it. It cannot be undone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from project import erasure
from security.models import User


class Command(BaseCommand):
    help = "Delete what somebody said, everywhere, and what is known of them from it. The account stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="do not ask; it cannot be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}.")
        if not options["yes"] and input(f"Delete all that {user} said? Type the username again: ") != user.username:
            raise CommandError("Nothing was deleted.")
        gone = erasure.erase(user.id)
        self.stdout.write(f"Gone: {', '.join(f'{count} {noun}' for noun, count in gone.items())}.")
