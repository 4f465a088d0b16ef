"""System check of where calls may go: what cannot be read would silently allow nothing."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from integrations import allowances


@register(Tags.security)
def check_outgoing(**_: Any) -> list[CheckMessage]:
    hint = "Each is network:port, like 10.1.2.0/24:443 or [fd00::/8]:443; they are separated by commas."
    return [
        Error(f"OUTGOING_ALLOW holds {entry!r}: {fault}.", hint=hint, id="switchboard.E016")
        for entry, fault in allowances.faults(settings.OUTGOING_ALLOW).items()
    ]
