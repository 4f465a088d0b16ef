"""What was said and what is known."""

from django.apps import AppConfig


class ContextsConfig(AppConfig):
    name = "contexts"
    verbose_name = "Conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from contexts import entity_checks, knowledge  # noqa: F401 - they register themselves
