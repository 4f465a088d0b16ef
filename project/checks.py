"""System checks of the environment. A production environment that lacks something does not start, and says what."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_SECRET = 32
LONGEST_LEEWAY = 30
LOOPBACK: Final = re.compile(r"(.*\.)?localhost|127\.[\d.]+|::1?|0\.0\.0\.0")
SECRETS = {"switchboard.E001": "SECRET_KEY", "switchboard.E002": "SIGNING_KEY", "switchboard.E015": "VAULT_KEY"}


@register(Tags.security)
def check_environment(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    for id, name in SECRETS.items():
        if len(getattr(settings, name).encode()) < SHORTEST_SECRET:
            hint = f"Set {name} to at least {SHORTEST_SECRET} random characters."
            found.append(Error(f"{name} is missing or too short.", hint=hint, id=id))
    given = [getattr(settings, name) for name in SECRETS.values()]
    if all(given) and len(set(given)) < len(given):
        names = ", ".join(SECRETS.values())
        found.append(Error(f"Some of {names} are the same.", hint="Draw one for each.", id="switchboard.E003"))
    found += _of_tokens() + _of_the_vault()
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the names this server answers to, separated by commas."
        found.append(Error("ALLOWED_HOSTS is missing or takes any name.", hint=hint, id="switchboard.E004"))
    return found


def _of_tokens() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    previous = settings.PREVIOUS_SIGNING_KEYS
    if any(len(key.encode()) < SHORTEST_SECRET or key == settings.SECRET_KEY for key in previous):
        hint = f"Each has at least {SHORTEST_SECRET} characters and is not SECRET_KEY; they are separated by commas."
        found.append(Error("PREVIOUS_SIGNING_KEYS holds what is no key.", hint=hint, id="switchboard.E005"))
    rules: dict[str, Any] = settings.SIMPLE_JWT
    if not 0 <= rules["LEEWAY"] <= LONGEST_LEEWAY:
        hint = f"Set LEEWAY to 0 to {LONGEST_LEEWAY} seconds: a token must not live much longer than it says."
        found.append(Error("Tokens are taken too long after their end.", hint=hint, id="switchboard.E006"))
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_SECRET:
        hint = f"Set METRICS_TOKEN to at least {SHORTEST_SECRET} random characters, or leave it out."
        found.append(Error("METRICS_TOKEN is too short.", hint=hint, id="switchboard.E007"))
    return found


def _of_the_vault() -> list[CheckMessage]:
    others = (settings.SECRET_KEY, settings.SIGNING_KEY)
    if all(len(key.encode()) >= SHORTEST_SECRET and key not in others for key in settings.PREVIOUS_VAULT_KEYS):
        return []
    hint = f"Each has at least {SHORTEST_SECRET} characters and no other purpose; they are separated by commas."
    return [Error("PREVIOUS_VAULT_KEYS holds what is no key.", hint=hint, id="switchboard.E017")]


@register(Tags.security)
def check_proxies(**_: Any) -> list[CheckMessage]:
    if not settings.SECURE_PROXY_SSL_HEADER or settings.TRUSTED_PROXIES:
        return []
    hint = "Set TRUSTED_PROXIES to how many proxies add an address to X-Forwarded-For."
    told = "Behind a proxy everybody has its address: one who guesses passwords keeps all others from signing in."
    return [Warning(told, hint=hint, id="switchboard.W001")]


@register(Tags.security)
def check_public_address(**_: Any) -> list[CheckMessage]:
    """A warning: without experts that call back nothing needs it."""
    if not settings.PRODUCTION:
        return []
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme == "https" and url.hostname and not LOOPBACK.fullmatch(url.hostname):
        return []
    hint = "Set PUBLIC_URL to https:// and the name under which others reach this server."
    told = "PUBLIC_URL is no address for others: experts that call back would never come through."
    return [Warning(told, hint=hint, id="switchboard.W002")]


@register(Tags.security)
def check_screening(**_: Any) -> list[CheckMessage]:
    if settings.PERSONAL_ACTION in ("flag", "redact"):
        return []
    hint = "Set PERSONAL_ACTION to flag or redact."
    return [Error("PERSONAL_ACTION is neither of the two.", hint=hint, id="switchboard.E008")]
