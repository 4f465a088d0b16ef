"""Asking the handlers of a path, as the decision's policy says. What each did is recorded."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contexts import copies
from contexts.context import Context
from contexts.proposals import Proposed
from dispatch import asking, deltas
from dispatch.asking import Answered
from dispatch.decisions import Decision
from dispatch.handlers import Handler, Reply
from dispatch.models import RoutePolicy
from dispatch.outcomes import Outcome, Said
from dispatch.replaying import Wanted
from dispatch.runs import Claim


@dataclass(frozen=True)
class Attempt:
    """One attempt at an answer: `records` grows with each handler that was asked."""

    claim: Claim
    context: Context
    began: float = field(default_factory=time.monotonic)
    records: list[dict[str, Any]] = field(default_factory=list)
    proposed: list[Proposed] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)

    @property
    def decision(self) -> Decision:
        return self.claim.decision

    async def ask(self, handler: Handler, previous: Reply | None = None, shown: bool = True) -> Answered:
        """`shown`: followers see the answer grow. A turn that is not shown offers the handler the same.

        What it is given is its own, to the last value in it. Of one that breaks nothing that it proposed is kept.
        """
        began, turns = time.monotonic(), deltas.streamed if shown else deltas.unseen
        message, context = copies.of_message(self.claim.message), copies.of_context(self.context)
        async with turns(self.claim, handler.name, self._seconds(handler), deepcopy(previous)) as turn:
            answer = await asking.ask(handler, message, context, turn)
        if not answer.reason:
            self.wanted.extend(replace(one, handler=handler.name) for one in turn.wanted)
        self.proposed.extend(Proposed(handler.name, fact) for fact in turn.proposed if not answer.reason)
        self.records.append(_record(handler, answer, began))
        return answer

    def outcome(self, reply: Reply | None = None, reason: str = "", **more: Any) -> Outcome:
        proposed, wanted = tuple(self.proposed), tuple(self.wanted)
        return Outcome(reply, reason, tuple(self.records), proposed=proposed, wanted=wanted, **more)

    def parked(self) -> Outcome:
        return self.outcome(parked=True, ran=time.monotonic() - self.began)

    def _seconds(self, handler: Handler) -> float:
        """What is left of the route's deadline, which is for the whole path; else the handler's own."""
        if self.decision.deadline is None:
            return handler.timeout
        return max(0.0, self.began + self.decision.deadline - time.monotonic())


async def answer(claim: Claim, context: Context) -> Outcome:
    attempt = Attempt(claim, context)
    if not claim.decision.path:
        return attempt.outcome(reason=claim.decision.problem)
    attempt = replace(attempt, began=attempt.began - claim.ran)
    return await POLICIES[claim.decision.policy](attempt)


async def _first(attempt: Attempt) -> Outcome:
    """In order, until one replies or breaks."""
    for handler in attempt.decision.path:
        answered = await attempt.ask(handler)
        if answered.parked:
            return attempt.parked()
        if answered.reason or answered.reply is not None:
            return attempt.outcome(answered.reply, answered.reason, retry=answered.retry)
    return attempt.outcome()


async def _chain(attempt: Attempt) -> Outcome:
    """Each gets the reply of the one before. Who passes leaves that reply as it is; who breaks ends the chain."""
    *before, last = attempt.decision.path
    reply, by = None, ""
    for handler in (*before, last):
        answered = await attempt.ask(handler, reply, shown=handler is last)
        if answered.parked:
            return attempt.parked()
        if answered.reason:
            return attempt.outcome(reason=answered.reason, retry=answered.retry)
        if answered.reply is not None:
            reply, by = answered.reply, handler.name
    return attempt.outcome(reply, by=by)


async def _all(attempt: Attempt) -> Outcome:
    """At once, and apart: the run fails only when every handler breaks."""
    path = attempt.decision.path
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(attempt.ask(handler, shown=False)) for handler in path]
    answers = [task.result() for task in asked]
    if any(answer.parked for answer in answers):
        return attempt.parked()
    order = {handler.name: place for place, handler in enumerate(path)}
    attempt.records.sort(key=lambda record: order[record["name"]])
    said = [Said(h.name, a.reply) for h, a in zip(path, answers, strict=True) if a.reply is not None and not a.reason]
    if said:
        return attempt.outcome(said[0].reply, by=said[0].by, others=tuple(said[1:]))
    retry = max((a.retry for a in answers if a.retry is not None), default=None)
    reason = _shared([a.reason for a in answers])
    return attempt.outcome(reason=reason, retry=retry if reason else None)


def _shared(reasons: list[str]) -> str:
    """Why a path has no answer at all: "" where somebody only passed."""
    if not all(reasons):
        return ""
    return reasons[0] if len(set(reasons)) == 1 else "handler_error"


def _record(handler: Handler, answer: Answered, began: float) -> dict[str, Any]:
    if answer.parked:
        result = "waiting"
    else:
        result = "abandoned" if answer.abandoned else answer.reason or ("replied" if answer.reply else "passed")
    return {"name": handler.name, "result": result, "ms": round((time.monotonic() - began) * 1000)}


POLICIES: Final[dict[str, Callable[[Attempt], Awaitable[Outcome]]]] = {
    RoutePolicy.FIRST: _first,
    RoutePolicy.ALL: _all,
    RoutePolicy.CHAIN: _chain,
}
