"""The answer so far, as it may be shown: at most twenty notes a second, saved to the row at least once a second."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from dispatch import attempts, partials, runs, steps
from dispatch.handlers import Reply
from dispatch.models import Run
from dispatch.revealing import Revealed
from dispatch.runs import Claim
from dispatch.turns import Turn
from project import bus

NOTE_SECONDS: Final = 0.055  # with the last one, at the end of a turn, at most twenty in any second
CHECKPOINT_SECONDS: Final = 0.9


@asynccontextmanager
async def streamed(claim: Claim, handler: str, seconds: float, previous: Reply | None = None) -> AsyncIterator[Turn]:
    """A turn whose text reaches followers while the handler still speaks."""
    turn, revealed = _begun(claim, handler, seconds, previous), Revealed(claim.workspace)
    broadcast = asyncio.create_task(_broadcast(claim, turn, revealed))
    try:
        yield turn
    finally:
        broadcast.cancel()
        await asyncio.wait({broadcast})
        await _last(claim, turn, revealed)


@asynccontextmanager
async def unseen(claim: Claim, handler: str, seconds: float, previous: Reply | None = None) -> AsyncIterator[Turn]:
    """A turn whose text nobody sees before it is stored: another handler of the run speaks, or will."""
    yield _begun(claim, handler, seconds, previous)


def _begun(claim: Claim, handler: str, seconds: float, previous: Reply | None) -> Turn:
    recorded = claim.recorded.get(handler, ())
    ends = timezone.now() + timedelta(seconds=seconds)
    turn = Turn(claim.run, claim.attempt, ends, seconds, previous, recorded)
    turn.expert = claim.decision.expert
    return turn


async def _broadcast(claim: Claim, turn: Turn, revealed: Revealed) -> None:
    seen = shown = saved = 0
    saved_at = time.monotonic()
    if claim.prior:  # of before the run waited: said again by the handler, and shown to nobody twice
        seen, shown = len(claim.prior), len(claim.prior)
        await steps.leniently(_show, claim, revealed, claim.prior)
        _note(claim, revealed.text)
    while True:
        await asyncio.sleep(NOTE_SECONDS)
        text = turn.settled()
        if len(text) > seen:
            seen = len(text)
            await steps.leniently(_show, claim, revealed, text)
            _note(claim, revealed.text, shown)
            shown = len(revealed.text)
        if shown > saved and time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            saved, saved_at = shown, time.monotonic()
            await steps.leniently(runs.checkpoint, claim, revealed.text)


def _show(claim: Claim, revealed: Revealed, said: str) -> None:
    before = len(revealed.text)
    revealed.grow(said)
    if len(revealed.text) > before:
        partials.keep(claim.run, claim.attempt, revealed.text)


async def _last(claim: Claim, turn: Turn, revealed: Revealed) -> None:
    """Show what was held back, if its end is one: what was cut off may be the beginning of a secret."""
    if turn.said:
        await steps.leniently(revealed.grow, turn.said, whole=turn.whole)
    _note(claim, revealed.text)
    attempts.keep_said(claim.run, claim.attempt, revealed.text)
    if attempts.over(claim.run, claim.attempt).done():  # kept though this process may die before it is stored
        await steps.leniently(runs.checkpoint, claim, revealed.text)


def replace(run: Run, text: str) -> None:
    """Show something else than was shown so far, as a further attempt would."""
    piece = _piece(run.conversation_id, run.id, run.reply, run.attempt + 1)
    bus.send(piece | _stretch(text, 0, run.visible_to) | {"instead": True})


def _note(claim: Claim, text: str, offset: int = 0) -> None:
    if len(text) > offset:
        piece = _piece(claim.conversation, claim.run, claim.reply, claim.attempt)
        bus.send(piece | _stretch(text, offset, claim.visible_to))


def _piece(conversation: UUID, run: UUID, message: UUID, attempt: int) -> bus.Note:
    return {"conversation": str(conversation), "run": str(run), "message": str(message), "attempt": attempt}


def _stretch(text: str, offset: int, visible_to: str) -> bus.Note:
    return {"offset": offset, "text": text[offset:], "visible_to": visible_to}
