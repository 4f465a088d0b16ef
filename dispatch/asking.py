"""Asking one handler under its deadline. What it raises, hangs on or exits with stays its own."""

import asyncio
import logging
import math
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Final

import orjson
from django.conf import settings

from contexts.context import Context, MessageView
from dispatch import attempts, foreign, retries
from dispatch.delegation_models import DelegationState
from dispatch.handlers import KIND_LENGTH, Handler, Reply, Retryable
from dispatch.replaying import DelegationFailed, ReplayMismatch
from dispatch.turns import Turn, TurnOver
from project import strictjson
from project.strictjson import MalformedJSON

logger = logging.getLogger(__name__)


CLEAN_UP_SECONDS: Final = 5.0
BYTES_OF_A_CHARACTER: Final = 4  # at most; parts and metadata together may be as large as a text


@dataclass(frozen=True)
class Answered:
    """A handler's reply, None to pass on, or the reason why there is none.

    `retry`: the failure may pass; try again, not before so many seconds. `abandoned`: it did not stop, and goes on; an
    async handler that is out of time is just canceled, and not waited for. `parked`: it waits for an expert.
    """

    reply: Reply | None = None
    reason: str = ""
    retry: float | None = None
    abandoned: bool = False
    parked: bool = False


async def ask(handler: Handler, message: MessageView, context: Context, turn: Turn) -> Answered:
    """Until it answers, its deadline has come, or its attempt is to end; then it has a while to clean up."""
    over = attempts.over(turn.run, turn.attempt)
    if over.done():
        return Answered(reason="stopped")
    asked = foreign.start(handler.name, handler.answer, message, context, turn)
    either: set[asyncio.Future[Any]] = {asked, over}
    try:
        await asyncio.wait(either, timeout=turn.seconds_left, return_when=asyncio.FIRST_COMPLETED)
        turn.whole = _returned(asked)
        if over.done() and not asked.done():
            await _clean_up(handler, asked, turn)
    finally:
        said = turn.end()
        if not asked.done():
            foreign.leave(asked)
    late = "stopped" if over.done() else "timeout"
    if not asked.done():
        logger.warning("a handler was left behind: %s", late, extra={"handler": handler.name})
        return Answered(reason=late, abandoned=over.done() or not handler.is_async)
    if turn.parked:
        return Answered(parked=True)
    answered = _result(handler, asked, said, late)
    if turn.strayed and not answered.reason:
        return Answered(reason="replay_mismatch")
    return answered if turn.whole or not _only_said(answered, said) else Answered(reason=late)


def _returned(asked: "asyncio.Future[Reply | None]") -> bool:
    return asked.done() and not asked.cancelled() and asked.exception() is None


def _only_said(answered: Answered, said: str) -> bool:
    """Whether a reply is no more than what was said: of one that a stop cut off, only what was shown may be kept."""
    text = answered.reply.text if answered.reply else None
    return bool(text) and said.startswith(text or "")


async def _clean_up(handler: Handler, asked: "asyncio.Future[Reply | None]", turn: Turn) -> None:
    """An async handler is cancelled; a sync one sees that its turn is over when it looks, or says something."""
    turn.end()
    if handler.is_async:
        asked.cancel()
    await asyncio.wait({asked}, timeout=CLEAN_UP_SECONDS)


def _result(handler: Handler, asked: "asyncio.Future[Reply | None]", said: str, late: str) -> Answered:
    try:
        reply = asked.result()
    except (asyncio.CancelledError, TurnOver):
        return Answered(reason=late)
    except ReplayMismatch:
        logger.exception("a handler asks otherwise than before", extra={"handler": handler.name})
        return Answered(reason="replay_mismatch")
    except DelegationFailed as error:
        logger.warning("an expert's failure was a handler's: %s", error.reason, extra={"handler": handler.name})
        return Answered(reason="expert_canceled" if error.reason == DelegationState.CANCELED else "expert_failed")
    except BaseException as error:  # also GeneratorExit and exceptions of its own making: they end nobody else's run
        logger.exception("a handler broke", extra={"handler": handler.name})
        return Answered(reason="handler_error", retry=_retry(handler, error))
    if reply is None:
        return Answered(Reply(said) if said else None)
    if not _storable(reply):
        logger.error("a handler returned what is no Reply that can be stored", extra={"handler": handler.name})
        return Answered(reason="handler_error")
    return Answered(reply if reply.text is not None else replace(reply, text=said))


def _retry(handler: Handler, error: BaseException) -> float | None:
    """None for a failure that no further attempt would mend."""
    if isinstance(error, Retryable):
        return _seconds(getattr(error, "after", None))
    return 0.0 if isinstance(error, handler.retry_on) else None


def _seconds(after: Any) -> float:
    """0.0 for what is no time to wait."""
    usable = isinstance(after, (int, float)) and 0 <= after < math.inf
    return float(min(after, retries.LONGEST)) if usable else 0.0


def _storable(reply: Any) -> bool:
    if not isinstance(reply, Reply) or not isinstance(reply.kind, str) or not 0 < len(reply.kind) <= KIND_LENGTH:
        return False
    if not isinstance(reply.text, (str, NoneType)) or len(reply.text or "") > settings.MESSAGE_LIMIT:
        return False
    if not isinstance(reply.parts, (tuple, list)) or not isinstance(reply.metadata, dict):
        return False
    whole = all(isinstance(part, dict) and "type" in part for part in reply.parts)
    beside = [*reply.parts, reply.metadata]
    try:
        strictjson.check([reply.kind, reply.text, beside])
        return whole and len(orjson.dumps(beside)) <= BYTES_OF_A_CHARACTER * settings.MESSAGE_LIMIT
    except (MalformedJSON, orjson.JSONEncodeError):
        return False
