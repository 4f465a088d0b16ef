"""System check of the summariser: one that is named is there, or the server does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from contexts.summaries import EXTRACTIVE
from dispatch.summarisers import REGISTRY


@register
def check_summariser(**_: Any) -> list[CheckMessage]:
    name = settings.SUMMARISER
    if name == EXTRACTIVE or name in REGISTRY:
        return []
    there = ", ".join([EXTRACTIVE, *sorted(REGISTRY)])
    return [Error(f"SUMMARISER is {name}, which is none.", hint=f"There are {there}.", id="switchboard.E013")]
