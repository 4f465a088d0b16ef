from collections.abc import Iterator

import re2

from security import screening
from security.material import Material
from security.screening import Action, Finding

STATION = re2.compile(r"(?i)\bstation [a-z]{2}-\d{4}\b")


@screening.register("stations", version="1", deadline=0.02)
def stations(material: Material) -> Iterator[Finding]:
    """Numbers of weather stations are for us."""
    for view in material.views:
        for match in STATION.finditer(view.text):
            yield Finding("station", view.origin(*match.span()), "low", action=Action.REDACT, mask="[station]")
