"""The conductor: intake, dispatcher, handlers, runs, events, streams."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DispatchConfig(AppConfig):
    name = "dispatch"
    verbose_name = "Dispatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dispatch import (  # noqa: F401 - our own handlers, events and models register on import
            commands,
            delegation_events,
            delegation_models,
            expert_handler,
            responder,
        )

        autodiscover_modules("handlers", "summarisers", "experts")
