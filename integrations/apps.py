"""Everything outside the process."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from integrations import (  # noqa: F401 - adapters register on import
            http_expert,
            human,
            planned,
            python_experts,
            shipping,
        )
        from integrations.code_review import expert  # noqa: F401 - experts too

        post_migrate.connect(shipping.ship, sender=self)
