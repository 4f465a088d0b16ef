"""The conductor: carries one run from the queue to its end."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from contexts import store
from contexts.context import Context
from dispatch import answering, attempts, audiences, conclusion, leases, places, remembering, runs
from dispatch.runs import Claim
from project import logs, pools
from project.errors import DATABASE_OUTAGE

logger = logging.getLogger(__name__)

STEP_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = (0.3, 1.0)

P = ParamSpec("P")
R = TypeVar("R")


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
        outcome = replace(await answering.answer(claim, await _step(_load, claim)), shown=attempt.said)
        if await _step(conclusion.conclude, claim.run, claim.attempt, outcome):
            logger.info("an attempt has ended: %s", outcome.reason or "answered")
        else:
            await _step(leases.count_late, claim)


async def _step(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """A step of a claimed attempt, again and again while the database is away: the attempt number makes that safe.

    Without it a restart of the database would cost the answer that was ready, and the run its lease. What goes wrong
    for longer may be the fault of what is to be stored: then the lease ends, and the attempts are counted.
    """
    ends = time.monotonic() + STEP_SECONDS
    while True:
        try:
            return await pools.steps.run(work, *args, **kwargs)
        except (*DATABASE_OUTAGE, pools.Busy):
            if time.monotonic() > ends:
                raise
            logger.warning("a step of a run waits for the database")
        await asyncio.sleep(random.uniform(*AGAIN_SECONDS))  # noqa: S311 - spreads the retries of many runs


def _load(claim: Claim) -> Context:
    message = runs.message_of(claim)
    reader = audiences.knowing(claim.decision.audience, message.author)
    return store.load(message, reader, places.unanswered(message) if message.released_at else (), claim.session)
