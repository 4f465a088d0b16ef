"""The way to an expert, and telling it that nobody waits. Its code may do anything, where it is made, too."""

import logging
from typing import Final

from dispatch import delegation_ends, foreign, steps
from dispatch.delegations import Claim
from integrations import experts
from integrations.contract import Adapter

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 5.0
CANCEL_SECONDS: Final = 10.0
UNREACHABLE: Final = "It could not be reached. Who manages it finds the cause in the log."


async def way(claim: Claim) -> Adapter | None:
    """None where there is none; the log says why."""
    try:
        return await _way(claim)
    except Exception:
        logger.exception("an adapter could not be made", extra={"expert": claim.task.expert})
        return None


async def tell_cancel(claim: Claim) -> None:
    """Say to the far side that nobody wants it any more; a few times, where it does not hear."""
    told = False
    try:
        adapter = await _way(claim)
        await foreign.within(CANCEL_SECONDS, claim.task.expert, adapter.cancel, claim.task)
        told = True
    except Exception:
        logger.warning("an expert could not be told of a cancel", exc_info=True, extra={"expert": claim.task.expert})
    await steps.patiently(delegation_ends.canceled, claim, told)


def _made(claim: Claim) -> Adapter:
    if claim.expert is None:
        raise LookupError("the expert was removed")
    return experts.way_to(claim.expert)


async def _way(claim: Claim) -> Adapter:
    made: Adapter = await foreign.within(CONNECT_SECONDS, claim.task.expert, _made, claim)
    return made
