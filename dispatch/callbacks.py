"""Where an expert answers later: an address of its own for each delegation, which nobody can guess."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

SIGNER: Final = Signer(salt="delegation callback", sep=".")
PATH: Final = "/api/v1/callbacks/"


def address(delegation: UUID) -> str:
    """A whole URL, of the server as it is seen from outside (`PUBLIC_URL`)."""
    return f"{settings.PUBLIC_URL}{PATH}{SIGNER.sign(delegation.hex)}"


def named(token: str) -> UUID | None:
    """The delegation that a token was made for; None for one that we did not make."""
    try:
        return UUID(hex=SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
