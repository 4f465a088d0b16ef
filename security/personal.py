"""Personal data: what the recognisers find that tells who somebody is or how to reach them.

Conversations are about people: it is flagged, and masked in what staff are shown as evidence. `PERSONAL_ACTION=redact`
masks it for everybody.
"""

from collections.abc import Iterator
from typing import Final

from django.conf import settings

from security import recognisers, screening
from security.material import Material, Stage
from security.screening import Action, Finding

TITLES: Final = {
    "email": "e-mail address",
    "phone": "phone number",
    "card": "card number",
    "iban": "account number",
    "us_ssn": "social security number",
    "ip_address": "IP address",
    "birth_date": "date of birth",
}
SURE_ENOUGH: Final = 0.5
MOST_FLAGGED: Final = 500  # of a type: a list of addresses is known by then; what is masked is masked to the last


@screening.register("personal", deadline=0.2, stages=Stage)
def personal(material: Material) -> Iterator[Finding]:
    action = Action(settings.PERSONAL_ACTION)
    if material.stage == Stage.DELTA and action != Action.REDACT:
        return
    view = material.views[0]
    most = None if action == Action.REDACT else MOST_FLAGGED
    for one in recognisers.recognise(view.text, TITLES, most):
        if one.confidence >= SURE_ENOUGH:
            mask = f"[{TITLES[one.type]}]"
            yield Finding(one.type, view.origin(*one.span), "low", one.confidence, action, mask)
