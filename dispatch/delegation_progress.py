"""How an expert is getting on: told as it says so, often enough for people and never without end."""

from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from dispatch import callbacks, delegation_states, delegations, expert_screening, expert_words
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.delegations import Claim
from integrations.contract import Progress
from project import log

MOST_TOLD: Final = 200  # events of one delegation; what comes after them is in the row alone


def hear(claim: Claim, said: Progress) -> None:
    delegation = delegations.still_open(claim)
    if delegation is not None:
        tell(delegation, delegations.held(claim), said)


def tell(delegation: Delegation, rows: QuerySet[Delegation], said: Progress) -> bool:
    """Of what filters do not let through only the number. `rows`: it alone, as long as whoever says so may.

    :raises Repeated: when a callback says it that was taken before.
    """
    text = expert_screening.shown(delegation, said.text)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        fields = {"progress": said.fraction, "said": text or delegation.said, "state": DelegationState.WORKING}
        heard = rows.filter(state__in=delegation_states.AT_WORK).update(**fields, told=F("told") + 1)
        if heard:
            callbacks.note(delegation)
        if heard and delegation.told < MOST_TOLD:
            delegations.tell(delegation, "delegation.working", expert_words.progress(said.fraction, text))
    return bool(heard)
