"""System check of the tokenizer: one that is named is there, or the server does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from contexts.tokens import REGISTRY


@register
def check_tokenizer(**_: Any) -> list[CheckMessage]:
    name = settings.TOKENIZER
    if name in REGISTRY:
        return []
    there = ", ".join(sorted(REGISTRY))
    return [Error(f"TOKENIZER is {name}, which is none.", hint=f"There are {there}.", id="switchboard.E014")]
