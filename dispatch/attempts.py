"""The attempts that this process works on, and the word that ends one early: stop, or another holds your run."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from uuid import UUID

from dispatch.models import Run, RunState
from dispatch.runs import Claim

LOST: Final = "lost"

_open: dict[tuple[UUID, int], "Attempt"] = {}


class Attempt:
    """Made on the dispatch loop that carries it. `over`: done once it is to end. `said`: what followers were shown."""

    def __init__(self, claim: Claim) -> None:
        self.conversation = str(claim.conversation)
        self.said = ""
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()

    def end(self) -> None:
        """Callable from any thread, and more than once."""
        with suppress(RuntimeError):  # its loop is closed: there is nothing left to end
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


@contextmanager
def carried(claim: Claim) -> Iterator[Attempt]:
    """Meanwhile `look()` finds it."""
    attempt = _open[claim.run, claim.attempt] = Attempt(claim)
    try:
        yield attempt
    finally:
        _open.pop((claim.run, claim.attempt), None)


def over(run: UUID, number: int) -> "asyncio.Future[None]":
    """Done once this attempt is to end. For one that nobody carries it never is."""
    attempt = _open.get((run, number))
    return attempt.over if attempt else asyncio.get_running_loop().create_future()


def keep_said(run: UUID, number: int, text: str) -> None:
    attempt = _open.get((run, number))
    if attempt is not None:
        attempt.said = text


def concerns(conversation: str) -> bool:
    """Whether something of this conversation is worked on here."""
    return any(attempt.conversation == conversation for attempt in list(_open.values()))


def look() -> None:
    """End what was asked to stop, and what was lost to another attempt. One query, and none while nothing is open."""
    known = dict(_open)
    if not known:
        return
    running = Run.objects.filter(id__in=[run for run, _ in known], state=RunState.RUNNING)
    stops = {(id, number): stop for id, number, stop in running.values_list("id", "attempt", "stop")}
    for key, attempt in known.items():
        if stops.get(key, LOST):
            attempt.end()
        if key not in stops:  # what a stalled loop leaves behind would stay for ever
            _open.pop(key, None)
