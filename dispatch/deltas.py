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


class Shown:
    """What followers have of one answer: of a run that has waited, first all that they had before it did.

    The handler says that again: they see nothing twice, and nothing less than before. One that says otherwise now is
    shown no further; what it has said stands there in the end (`replace`).
    """

    def __init__(self, claim: Claim) -> None:
        self.text = claim.prior
        self._claim = claim
        self._revealed = Revealed(claim.workspace)

    def grow(self, said: str, whole: bool = False) -> None:
        """Take what was said so far. In a thread of steps; `tell` follows on the loop."""
        self._revealed.grow(said, whole)
        if self._is_more:
            partials.keep(self._claim.run, self._claim.attempt, self._revealed.text)

    def tell(self, again: bool = False) -> None:
        """Show what is new. `again`: all of it, as notes may have been lost."""
        offset = 0 if again else len(self.text)
        if self._is_more:
            self.text = self._revealed.text
        _note(self._claim, self.text, offset)

    @property
    def _is_more(self) -> bool:
        now = self._revealed.text
        return len(now) > len(self.text) and now.startswith(self.text)


@asynccontextmanager
async def streamed(claim: Claim, handler: str, seconds: float, previous: Reply | None = None) -> AsyncIterator[Turn]:
    """A turn whose text reaches followers while the handler still speaks."""
    turn, shown = _begun(claim, handler, seconds, previous), Shown(claim)
    broadcast = asyncio.create_task(_broadcast(claim, turn, shown))
    try:
        yield turn
    finally:
        broadcast.cancel()
        await asyncio.wait({broadcast})
        await _last(claim, turn, shown)


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


async def _broadcast(claim: Claim, turn: Turn, shown: Shown) -> None:
    seen = saved = 0
    saved_at = time.monotonic()
    if claim.prior:
        await steps.leniently(partials.keep, claim.run, claim.attempt, claim.prior)
        shown.tell(again=True)
    while True:
        await asyncio.sleep(NOTE_SECONDS)
        text = turn.settled()
        if len(text) > seen:
            seen = len(text)
            await steps.leniently(shown.grow, text)
            shown.tell()
        if len(shown.text) > saved and time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            saved, saved_at = len(shown.text), time.monotonic()
            await steps.leniently(runs.checkpoint, claim, shown.text)


async def _last(claim: Claim, turn: Turn, shown: Shown) -> None:
    """Show what was held back, if its end is one: what was cut off may be the beginning of a secret."""
    if turn.said:
        await steps.leniently(shown.grow, turn.said, whole=turn.whole)
    shown.tell(again=True)
    attempts.keep_said(claim.run, claim.attempt, shown.text)
    if attempts.over(claim.run, claim.attempt).done():  # kept though this process may die before it is stored
        await steps.leniently(runs.checkpoint, claim, shown.text)


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
