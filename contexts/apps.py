"""What was said and what is known."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ContextsConfig(AppConfig):
    name = "contexts"
    verbose_name = "Conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from contexts import entity_checks, knowledge, token_checks  # noqa: F401 - they register themselves

        autodiscover_modules("tokenizers")
