"""The conductor of delegations: carries one through its due step, from its claim to what comes of it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from dispatch import delegation_ends, delegation_progress, delegations, foreign, hearing, reaching, steps
from dispatch.delegation_models import Delegation, Step
from dispatch.delegations import Claim
from dispatch.hearing import Heard
from integrations import experts
from integrations.contract import Adapter, Failure, Update
from integrations.models import Health
from project import logs, pools
from project.errors import SwitchboardError

logger = logging.getLogger(__name__)

TELL_SECONDS: Final = 0.5  # between two events of progress
CLEAN_UP_SECONDS: Final = 2.0
LATE: Final = "It did not come to an end in time."

_open: dict[tuple[UUID, int], "tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]"] = {}


async def process(id: UUID, holder: str) -> None:
    """Do the step that is due. Safe to call twice: the attempt number fences the loser out."""
    claim = await pools.steps.run(delegations.claim, id, holder)
    if claim is None:
        return
    with logs.bind(**claim.ids):
        if claim.step == Step.CANCEL:
            await reaching.tell_cancel(claim)
        else:
            update = await _ask(claim)
            if update is not None:
                await steps.patiently(delegation_ends.conclude, claim, update)


def concerns(id: str) -> bool:
    """Whether this process works on that delegation."""
    return any(str(known) == id for known, _ in list(_open))


def look() -> None:
    """Let go of what was canceled or lost to another attempt."""
    known = dict(_open)
    if not known:
        return
    rows = Delegation.objects.filter(id__in=[id for id, _ in known], lease_until__isnull=False)
    present = set(rows.values_list("id", "attempt"))
    for key, (loop, over) in known.items():
        if key not in present and not loop.is_closed():
            loop.call_soon_threadsafe(_set, over)


def _set(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)


async def _ask(claim: Claim) -> Update | None:
    """What the expert ends this step with; None when nobody wants it any more."""
    if claim.task.deadline <= timezone.now():
        return Failure("timeout", LATE)
    refusal = await pools.steps.run(_refusal, claim)
    if refusal is not None:
        return refusal
    adapter = await reaching.way(claim)
    if adapter is None:
        return Failure("expert_broken", reaching.UNREACHABLE)
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    _open[claim.id, claim.attempt] = (asyncio.get_running_loop(), over)
    try:
        return await _listen(claim, adapter, over)
    finally:
        _open.pop((claim.id, claim.attempt), None)


def _refusal(claim: Claim) -> Failure | None:
    """Why nothing is sent to it: it may have been switched off, or have changed, since it was chosen. What it has begun
    it may end: it is still asked how far that is, unless it is not any more what was agreed to.
    """
    if claim.expert is None or (claim.step == Step.POLL and claim.expert.health != Health.CHANGED):
        return None
    try:
        experts.check_ready(claim.expert)
    except SwitchboardError as error:
        return Failure(error.code, error.detail)
    return None


async def _listen(claim: Claim, adapter: Adapter, over: "asyncio.Future[None]") -> Update | None:
    ask, more = CALLS[claim.step](adapter), ((claim.answer,) if claim.step == Step.RESUME else ())
    call, heard = hearing.begin(claim.task.expert, ask, claim.task, *more)
    telling = asyncio.create_task(_tell(claim, heard))
    left = max(0.0, (claim.task.deadline - timezone.now()).total_seconds())
    try:
        either: set[asyncio.Future[Any]] = {call, over}
        await asyncio.wait(either, timeout=left, return_when=asyncio.FIRST_COMPLETED)
    finally:
        heard.unheard = True
        telling.cancel()
        await asyncio.wait({telling})
        if not call.done():
            foreign.leave(call)
            await asyncio.wait({call}, timeout=CLEAN_UP_SECONDS)
    if over.done():
        return None
    return _result(claim, call) if call.done() else Failure("timeout", LATE)


def _result(claim: Claim, call: "asyncio.Future[Update]") -> Update:
    if call.cancelled():
        return Failure("timeout", LATE)
    error = call.exception()
    if error is None:
        return call.result()
    logger.error("an expert broke", exc_info=error, extra={"expert": claim.task.expert})
    return Failure("expert_error", "Something broke in it.", retry=0.0)


async def _tell(claim: Claim, heard: Heard) -> None:
    while True:
        await heard.news.wait()
        latest = heard.take()
        if latest is not None:
            await steps.leniently(delegation_progress.hear, claim, latest)
        await asyncio.sleep(TELL_SECONDS)


def _starting(adapter: Adapter) -> Callable[..., Any]:
    return adapter.start


def _resuming(adapter: Adapter) -> Callable[..., Any]:
    return adapter.resume


def _polling(adapter: Adapter) -> Callable[..., Any]:
    return adapter.poll


CALLS: Final[dict[str, Callable[[Adapter], Callable[..., Any]]]] = {
    Step.START: _starting,
    Step.RESUME: _resuming,
    Step.POLL: _polling,
}
