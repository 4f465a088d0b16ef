"""System checks of the list of filters: what it names is there, or the server does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from security.screening import FILTERS, Mode


@register
def check_filters(**_: Any) -> list[CheckMessage]:
    """A filter that is listed and not there refuses every message, so that the server does not even start."""
    there = ", ".join(sorted(FILTERS))
    found: list[CheckMessage] = [
        Error(f"FILTERS names {name}, which is no filter.", hint=f"There are {there}.", id="switchboard.E009")
        for name in settings.FILTERS
        if name not in FILTERS
    ]
    for name, mode in settings.FILTER_MODES.items():
        if name not in FILTERS:
            told = f"FILTER_MODES names {name}, which is no filter."
            found.append(Error(told, hint=f"There are {there}.", id="switchboard.E010"))
        elif mode not in list(Mode):
            hint = f"Modes are {', '.join(Mode)}."
            found.append(Error(f"FILTER_MODES gives {name} the mode {mode}.", hint=hint, id="switchboard.E011"))
    return found
