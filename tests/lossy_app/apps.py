"""An installed app with which half of all rings between processes are lost."""

from django.apps import AppConfig
from django.conf import settings


class LossyConfig(AppConfig):
    name = "tests.lossy_app"

    def ready(self) -> None:
        settings.CHANNEL_LAYERS["rings"]["BACKEND"] = "tests.lossy_app.layer.LossyLayer"
