"""Delegations that somebody still waits for."""

from uuid import UUID

from django.db import transaction

from dispatch import delegation_ends
from dispatch.delegation_models import Delegation
from project import log
from project.errors import Conflict


class DelegationOver(Conflict):
    code = "delegation_over"
    title = "Nobody waits for it any more"


def find(id: UUID) -> Delegation:
    """With all that its end needs. The row has to be there.

    :raises DelegationOver: saying how it ended.
    """
    found = delegation_ends.found(id)
    if found is None:
        over = Delegation.objects.get(id=id)
        raise DelegationOver(f"It is {over.state}{f' ({over.reason})' if over.reason else ''}. Nobody waits any more.")
    return found


def locked(id: UUID) -> Delegation:
    """The same, once nobody else changes anything in its conversation. In a transaction.

    :raises DelegationOver:
    """
    log.lock(find(id).conversation.stream)
    return find(id)


@transaction.atomic
def cancel(id: UUID, actor: dict[str, str]) -> None:
    """With what it waits for itself.

    :raises DelegationOver: when it has ended.
    """
    delegation_ends.cancel(locked(id), actor)
