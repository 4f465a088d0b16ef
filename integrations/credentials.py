"""The secrets of experts in their rows: sealed, exchanged without a failed call, and sealed anew under another key."""

import base64
import secrets
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from integrations import adapters, vault, webhooks
from integrations.models import Expert
from integrations.vault import Unopenable
from project.errors import Conflict

OVERLAP: Final = timedelta(hours=24)  # in which what is signed with the one before is taken, too
BYTES: Final = 32


class NoSecret(Conflict):
    code = "expert_without_secret"
    title = "Experts by this adapter have no secret"


def check_has(expert: Expert) -> None:
    """:raises NoSecret: when its adapter knows of none."""
    kind = adapters.REGISTRY.get(expert.adapter)
    if kind is None or not kind.secret:
        raise NoSecret(f"{expert.name} is reached by {expert.adapter}, which has no secret.")


def draw() -> str:
    """In the form of Standard Webhooks."""
    return webhooks.PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def replaced(expert: Expert, secret: str) -> dict[str, Any]:
    """Fields with a new secret, the present one becoming the one before. With "" both are gone at once."""
    before = expert.secret if secret else ""
    until = timezone.now() + OVERLAP if before else None
    return {"secret": vault.seal(secret), "secret_before": before, "secret_until": until}


def drop_old() -> int:
    """Take away those before whose time is over. Returns how many there were."""
    over = Expert.objects.exclude(secret_before="").filter(secret_until__lte=timezone.now())
    return over.update(secret_before="", secret_until=None)


def reseal() -> tuple[int, list[str]]:
    """Seal all anew with the present key. Returns of how many experts, and the slugs of those that no key opens."""
    done, shut = 0, list[str]()
    sealed = Expert.objects.exclude(secret="", secret_before="")
    for expert in sealed.only("slug", "secret", "secret_before").order_by("id").iterator(chunk_size=100):
        try:
            anew = {name: vault.reseal(getattr(expert, name)) for name in ("secret", "secret_before")}
        except Unopenable:
            shut.append(expert.slug)
            continue
        same = Expert.objects.filter(id=expert.id, secret=expert.secret, secret_before=expert.secret_before)
        done += same.update(**anew)  # one that was changed meanwhile is under the present key
    return done, shut
