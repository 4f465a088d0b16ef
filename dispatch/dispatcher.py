"""The conductor: carries one run from the queue to its end."""

import logging
import time
from typing import Any
from uuid import UUID

from contexts import store
from contexts.context import Context
from dispatch import asking, conclusion, deltas, routing, runs
from dispatch.conclusion import Outcome
from dispatch.handlers import Handler
from dispatch.routing import Decision
from dispatch.runs import Claim
from project import logs, pools

logger = logging.getLogger(__name__)


async def process(run_id: UUID, holder: str) -> None:
    """Carry one run to a final state. Safe to call twice: the attempt number fences the loser out."""
    claim = await pools.steps.run(runs.claim, run_id, holder)
    if claim is None:
        return
    with logs.bind(**claim.ids):
        context = await pools.steps.run(_load, claim)
        decision = routing.decide(claim.message)
        outcome = await _answer(decision, claim, context)
        await pools.steps.run(conclusion.conclude, claim.run, claim.attempt, outcome)


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
