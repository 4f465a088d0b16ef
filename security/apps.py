"""Who may do what, and what may be said."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.module_loading import autodiscover_modules


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = "Security"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from security import staff

        autodiscover_modules("filters")
        user_logged_in.connect(staff.begin, dispatch_uid="switchboard.staff.begin")
        user_logged_out.connect(staff.finish, dispatch_uid="switchboard.staff.finish")
