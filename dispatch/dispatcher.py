"""The conductor: carries one run from the queue to its end."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

from contexts import store
from contexts.context import Context
from dispatch import asking, conclusion, deltas, routing, runs
from dispatch.conclusion import Outcome
from dispatch.handlers import Handler
from dispatch.routing import Decision
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
        context = await _step(_load, claim)
        decision = routing.decide(claim.message)
        outcome = await _answer(decision, claim, context)
        if await _step(conclusion.conclude, claim.run, claim.attempt, outcome):
            logger.info("a run has ended: %s", outcome.reason or "answered")


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
    return store.load(runs.message_of(claim))


async def _answer(decision: Decision, claim: Claim, context: Context) -> Outcome:
    """Ask handlers in order until one replies or breaks."""
    asked: list[dict[str, Any]] = []
    for handler in decision.path:
        began = time.monotonic()
        async with deltas.streamed(claim, handler.timeout) as turn:
            answer = await asking.ask(handler, claim.message, context, turn)
        asked.append(_record(handler, answer, began))
        if answer.reason or answer.reply is not None:
            return Outcome(answer.reply, answer.reason, tuple(asked), decision.as_json())
    return Outcome(None, "" if asked else "no_handler", tuple(asked), decision.as_json())


def _record(handler: Handler, answer: asking.Answered, began: float) -> dict[str, Any]:
    result = answer.reason or ("replied" if answer.reply else "passed")
    return {"name": handler.name, "result": result, "ms": round((time.monotonic() - began) * 1000)}
