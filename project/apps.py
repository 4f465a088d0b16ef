"""The wiring app: it owns the event log's rows and the alerts."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProjectConfig(AppConfig):
    name = "project"
    verbose_name = "Event log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from project import checks, filter_checks, outgoing_checks, summary_checks  # noqa: F401 - they register themselves

        autodiscover_modules("jobs", "events", "erasure")
