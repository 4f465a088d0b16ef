"""Where an expert answers later: an address of its own for each delegation, which nobody can guess."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from dispatch.delegation_models import Delegation

SIGNER: Final = Signer(salt="delegation callback", sep=".")
PATH: Final = "/api/v1/callbacks/"
HEARD: Final = 20  # callbacks whose ids are kept


class Repeated(Exception):
    """A callback that was taken before."""


def address(delegation: UUID) -> str:
    """A whole URL, of the server as it is seen from outside (`PUBLIC_URL`)."""
    return f"{settings.PUBLIC_URL}{PATH}{SIGNER.sign(delegation.hex)}"


def named(token: str) -> UUID | None:
    """The delegation that a token was made for; None for one that we did not make."""
    try:
        return UUID(hex=SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None


def note(delegation: Delegation) -> None:
    """Of what a callback says: that it is taken, together with what comes of it. Under the lock of its stream.

    :raises Repeated: when it was taken before.
    """
    if not delegation.callback:
        return
    row = Delegation.objects.filter(id=delegation.id)
    heard = row.values_list("heard", flat=True).get()
    if delegation.callback in heard:
        raise Repeated
    row.update(heard=[*heard, delegation.callback][-HEARD:])
