"""`manage.py reseal`: secrets of experts under the present VAULT_KEY; those before are not needed afterwards."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations import credentials


class Command(BaseCommand):
    help = "Seal all secrets anew with VAULT_KEY. Then PREVIOUS_VAULT_KEYS can be taken out."

    def handle(self, *args: Any, **options: Any) -> None:
        done, shut = credentials.reseal()
        self.stdout.write(f"The secrets of {done} experts are sealed with VAULT_KEY.")
        if shut:
            raise CommandError(
                f"No key opens those of {', '.join(shut)}: add the key that they were sealed with to "
                "PREVIOUS_VAULT_KEYS, or give these experts new secrets."
            )
