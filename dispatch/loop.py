"""A dispatch loop: asyncio in a thread of its own. Foreign code never runs on the loop of the sockets."""

import asyncio
import contextvars
import logging
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from project import pools
from project.errors import DATABASE_OUTAGE
from project.waiting import happens

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0  # what other processes queued is found by looking

_carrying: contextvars.ContextVar[UUID | None] = contextvars.ContextVar("carrying", default=None)


class DispatchLoop(threading.Thread):
    def __init__(
        self,
        holder: str,
        due: Callable[[int, str], list[UUID]],
        carry: Callable[[UUID, str], Awaitable[None]],
        concurrency: int,
    ) -> None:
        super().__init__(name="dispatch", daemon=True)
        self._holder, self._due, self._carry, self._concurrency = holder, due, carry, concurrency
        self._loop = asyncio.new_event_loop()
        self._loop.set_task_factory(self._make_task)  # type: ignore[arg-type]  # typeshed asks for a generic callable
        self._bell = asyncio.Event()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._owners: weakref.WeakKeyDictionary[asyncio.Task[Any], UUID | None] = weakref.WeakKeyDictionary()
        self._answered, self._asked_at, self._looked_at = True, 0.0, 0.0
        self._taking = True

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._take_turns())
        finally:
            self._loop.close()

    def wake(self) -> None:
        """Look for due work now. Callable from any thread, and after the loop is gone."""
        with suppress(RuntimeError):  # the loop has ended: there is nobody to wake
            self._loop.call_soon_threadsafe(self._bell.set)

    def held(self) -> list[UUID]:
        return list(self._tasks)

    @property
    def full(self) -> bool:
        return len(self._tasks) >= self._concurrency

    def stalled(self, seconds: float) -> bool:
        """True when the loop has left a question unanswered for `seconds`. Asked again and again, by one thread.

        Who asks late (a blocked timer, a process that was stopped) begins to wait anew: the loop had no time either.
        """
        if not self.is_alive():
            return self._taking and self.ident is not None
        now = time.monotonic()
        late, self._looked_at = now - self._looked_at > seconds / 2, now
        if self._answered or late:
            self._answered, self._asked_at = False, now
            with suppress(RuntimeError):  # it ends this moment
                self._loop.call_soon_threadsafe(self._answer)
            return False
        return now - self._asked_at > seconds

    def abandon(self) -> tuple[UUID | None, list[UUID]]:
        """Leave a stalled loop to itself. Returns the work whose code blocks it, if known, and all other work."""
        self._taking = False
        stack = "".join(traceback.format_stack(sys._current_frames().get(self.ident or 0)))
        logger.error("the dispatch loop stopped turning and is replaced; it hangs at\n%s", stack)
        task = asyncio.current_task(self._loop)
        culprit = self._owners.get(task) if task else None
        return culprit, [id for id in self._tasks if id != culprit]

    def drain(self, seconds: float) -> None:
        self._taking = False
        self.wake()
        ends = time.monotonic() + seconds
        while self._tasks and time.monotonic() < ends:
            time.sleep(0.02)

    async def _take_turns(self) -> None:
        while self._taking or self._tasks:
            self._bell.clear()
            if self._taking:
                await self._take()
            await happens(self._bell, POLL_SECONDS)

    async def _take(self) -> None:
        free = self._concurrency - len(self._tasks)
        if free <= 0:
            return
        try:
            due = await pools.steps.run(self._due, free + len(self._tasks), self._holder)
        except (*DATABASE_OUTAGE, pools.Busy):
            logger.warning("due work could not be read; the next second tries again")
            return
        if not self._taking:  # a drain or a replacement has begun meanwhile
            return
        for id in [id for id in due if id not in self._tasks][:free]:
            self._begin(id)

    def _begin(self, id: UUID) -> None:
        context = contextvars.copy_context()
        context.run(_carrying.set, id)
        task = context.run(self._loop.create_task, self._carried(id))
        self._tasks[id] = task
        task.add_done_callback(lambda _: self._tasks.pop(id, None))

    async def _carried(self, id: UUID) -> None:
        try:
            await self._carry(id, self._holder)
        except (Exception, SystemExit, KeyboardInterrupt):  # the latter would end the loop, and all other work with it
            logger.exception("work broke outside its handler; its lease ends and it is tried again")
        if self.full:
            self._loop.call_soon(self._bell.set)

    def _answer(self) -> None:
        self._answered = True

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Remember for which work a task was made, however deep, so that what blocks the loop can be named."""
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **kwargs)
        self._owners[task] = _carrying.get()
        return task
