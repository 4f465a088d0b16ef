"""System checks of the environment. A production environment that lacks something does not start, and says what."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST_SECRET = 32


@register(Tags.security)
def check_environment(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    for id, name in (("switchboard.E001", "SECRET_KEY"), ("switchboard.E002", "SIGNING_KEY")):
        if len(getattr(settings, name)) < SHORTEST_SECRET:
            hint = f"Set {name} to at least {SHORTEST_SECRET} random characters."
            found.append(Error(f"{name} is missing or too short.", hint=hint, id=id))
    if settings.SECRET_KEY and settings.SECRET_KEY == settings.SIGNING_KEY:
        found.append(Error("SECRET_KEY and SIGNING_KEY are the same.", hint="Draw two.", id="switchboard.E003"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the names this server answers to, separated by commas."
        found.append(Error("ALLOWED_HOSTS is missing or takes any name.", hint=hint, id="switchboard.E004"))
    return found
