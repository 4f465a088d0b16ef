"""The answer so far: merged to at most twenty notes a second, saved to the row at least once a second."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, ParamSpec

from django.utils import timezone

from dispatch import attempts, partials, runs
from dispatch.handlers import Reply
from dispatch.runs import Claim
from dispatch.turns import Turn
from project import bus, pools
from project.errors import DATABASE_OUTAGE

logger = logging.getLogger(__name__)

P = ParamSpec("P")

NOTE_SECONDS: Final = 0.055  # with the last one, at the end of a turn, at most twenty in any second
CHECKPOINT_SECONDS: Final = 0.9


@asynccontextmanager
async def streamed(claim: Claim, seconds: float, previous: Reply | None = None) -> AsyncIterator[Turn]:
    """A turn whose text reaches followers while the handler still speaks."""
    turn = _begun(claim, seconds, previous)
    broadcast = asyncio.create_task(_broadcast(claim, turn))
    try:
        yield turn
    finally:
        broadcast.cancel()
        await asyncio.wait({broadcast})
        _note(claim, turn.said)
        attempts.keep_said(claim.run, claim.attempt, turn.said)
        if attempts.over(claim.run, claim.attempt).done():  # kept though this process may die before it is stored
            await _keep(runs.checkpoint, claim, turn.said)


@asynccontextmanager
async def unseen(claim: Claim, seconds: float, previous: Reply | None = None) -> AsyncIterator[Turn]:
    """A turn whose text nobody sees before it is stored: another handler of the run speaks, or will."""
    yield _begun(claim, seconds, previous)


def _begun(claim: Claim, seconds: float, previous: Reply | None) -> Turn:
    return Turn(claim.run, claim.attempt, timezone.now() + timedelta(seconds=seconds), seconds, previous)


async def _broadcast(claim: Claim, turn: Turn) -> None:
    shown = saved = 0
    saved_at = time.monotonic()
    while True:
        await asyncio.sleep(NOTE_SECONDS)
        text = turn.settled()
        if len(text) > shown:
            _note(claim, text, shown)
            shown = len(text)
            await _keep(partials.keep, claim.run, claim.attempt, text)
        if len(text) > saved and time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            saved, saved_at = len(text), time.monotonic()
            await _keep(runs.checkpoint, claim, text)


async def _keep(save: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    try:
        await pools.steps.run(save, *args, **kwargs)
    except (*DATABASE_OUTAGE, pools.Busy):
        logger.warning("an unfinished answer could not be saved; the next piece is")


def _note(claim: Claim, text: str, offset: int = 0) -> None:
    if text:
        bus.send(
            {
                "conversation": str(claim.conversation),
                "run": str(claim.run),
                "message": str(claim.reply),
                "attempt": claim.attempt,
                "offset": offset,
                "text": text[offset:],
                "visible_to": claim.visible_to,
            }
        )
