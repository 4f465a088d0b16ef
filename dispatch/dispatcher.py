"""The conductor: carries one run from the queue to its end."""

import logging
from dataclasses import replace
from uuid import UUID

from contexts import store
from contexts.context import Context
from dispatch import answering, attempts, audiences, conclusion, delegations, leases, places, remembering, runs, steps
from dispatch.runs import Claim
from project import logs, pools

logger = logging.getLogger(__name__)


async def process(run_id: UUID, holder: str) -> None:
    """Carry one run to a final state. Safe to call twice: the attempt number fences the loser out."""
    claim = await pools.steps.run(runs.claim, run_id, holder)
    if claim is None:
        return
    with logs.bind(**claim.ids):
        await _carry(claim)
        await remembering.fold(claim.conversation)


async def _carry(claim: Claim) -> None:
    with attempts.carried(claim) as attempt:
        outcome = replace(await answering.answer(claim, await steps.patiently(_load, claim)), shown=attempt.said)
        if await steps.patiently(conclusion.conclude, claim.run, claim.attempt, outcome):
            logger.info("an attempt has ended: %s", outcome.reason or "answered")
        else:
            await steps.patiently(leases.count_late, claim)


def _load(claim: Claim) -> Context:
    message = runs.message_of(claim)
    reader = audiences.knowing(claim.decision.audience, message.author)
    known = store.load(message, reader, places.unanswered(message) if message.released_at else (), claim.session)
    pending = delegations.pending(claim.conversation, reader)
    return replace(known, delegations=pending, requests=tuple(one for one in pending if one.prompt))
