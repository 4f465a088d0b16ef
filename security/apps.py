"""Who may do what, and what may be said."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = "Security"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from project import bus
        from security import roles, screening_models, staff  # noqa: F401 - its models are registered by being imported
        from security.recent import recent

        autodiscover_modules("filters")
        for topic in ("session", "member"):
            bus.on(topic, recent.hear)
        bus.on_loss(recent.forget_all)
        user_logged_in.connect(staff.begin, dispatch_uid="switchboard.staff.begin")
        user_logged_out.connect(staff.finish, dispatch_uid="switchboard.staff.finish")
        post_migrate.connect(roles.establish, sender=self, dispatch_uid="switchboard.roles.establish")
