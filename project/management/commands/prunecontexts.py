"""`manage.py prunecontexts`: what the periodic jobs do to contexts, now and to the end."""

from typing import Any

from django.core.management.base import BaseCommand

from contexts import expiring
from dispatch import retiring


class Command(BaseCommand):
    help = "Take expired messages and pins out of contexts, and delete messages that workspaces keep no longer."

    def handle(self, *args: Any, **options: Any) -> None:
        expired, deleted = expiring.expire(), sum(retiring.retire())
        self.stdout.write(f"{expired} expired messages and pins left the contexts; {deleted} messages were deleted.")
