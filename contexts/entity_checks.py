"""System check of the model that recognises names: what is set can be loaded, or the server does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from contexts import entity_model


@register
def check_model(**_: Any) -> list[CheckMessage]:
    if not settings.ENTITY_MODEL:
        return []
    try:
        entity_model.loaded(settings.ENTITY_MODEL)
    except entity_model.ModelMissing as error:
        told = f"ENTITY_MODEL names {settings.ENTITY_MODEL}, which cannot be loaded."
        return [Error(told, hint=f"{error} Or leave the setting out.", id="switchboard.E012")]
    return []
