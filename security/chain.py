"""Filters, one after another in a thread apart: one that hangs is left behind, and who waits goes on.

What a filter may spend is processor time, so that a busy machine refuses nobody, and of its own: garbage of the process
that happens to be collected in its thread is not. One that sleeps instead is given up after ten times as long on the
clock. A thread cannot be ended: those that hang are counted, and bounded, for each workspace and for all: who makes
filters hang takes them from nobody else.
"""

import gc
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final
from uuid import UUID

CLOCK_FACTOR: Final = 10
LOOK_SECONDS: Final = 0.02
MOST_HUNG_OF_ONE: Final = 5  # workspace
MOST_HUNG: Final = 50
MOST_IDLE: Final = 32
CRASHED: Final = "crashed"
HUNG: Final = "hung"  # or sleeps, or a busy machine let it wait
SPENT: Final = "spent"  # more processor time than it may

_cpu_clock_of: Final[Callable[[int], int] | None] = getattr(time, "pthread_getcpuclockid", None)


class TooManyHang(Exception):
    """So many filters hang, of this workspace or in all, that no further thread is spent on them."""


@dataclass(frozen=True)
class Step:
    name: str
    work: Callable[[], Any]
    seconds: float  # of processor time


@dataclass(frozen=True)
class Done:
    """What became of a step. `failure`: "" for none, else `crashed`, `hung` or `spent`.

    `seconds`: of processor time; of one that hangs, all that it may spend, so that those after it keep the rest.
    """

    name: str
    result: Any = None
    failure: str = ""
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def place(self) -> dict[str, str]:
        """Where it broke. What the exception says may be the text, which is not for the log."""
        if self.error is None:
            return {}
        frame = traceback.extract_tb(self.error.__traceback__)[-1]
        return {"error": type(self.error).__name__, "at": f"{frame.filename}:{frame.lineno}"}


class _Work:
    """Steps under way. Written by the worker, read by who waits."""

    def __init__(self, steps: Sequence[Step], whose: UUID | None) -> None:
        self.steps, self.whose = steps, whose
        self.done: list[Done] = []
        self.over = threading.Event()
        self.left = False
        self.collected, self.collecting = 0.0, 0.0  # processor time for garbage; since when by it, or 0
        # Clock, when all and when the step under way began by it, the step: one tuple, so that they fit together.
        self._now: tuple[int, float, float, Step] | None = None

    def carry(self) -> None:
        """One that was left behind begins no further step: nobody would read it, and others want the processor."""
        clock = _cpu_clock_of(threading.get_ident()) if _cpu_clock_of else time.CLOCK_MONOTONIC
        _here.work = self
        all_began = self._spent(clock)
        for step in self.steps:
            began = self._spent(clock)
            self._now = clock, all_began, began, step
            try:
                result, failure, error = step.work(), "", None
            except BaseException as raised:  # noqa: BLE001 - the border to foreign code; who asked decides
                result, failure, error = None, CRASHED, raised
            self.done.append(Done(step.name, result, failure, error, self._spent(clock) - began))
            if failure or self.left:
                break
        del _here.work
        self.over.set()

    def late(self, seconds: float) -> bool:
        """Whether the step under way, or all of them together, spent more than they may."""
        if self._now is None or self.collecting:
            return False
        clock, all_began, began, step = self._now
        now = self._spent(clock)
        return now - all_began > seconds or now - began > step.seconds

    def _spent(self, clock: int) -> float:
        return time.clock_gettime(clock) - self.collected


class _Worker(threading.Thread):
    """Does one work after another. One that was left behind ends with what it hangs in."""

    def __init__(self) -> None:
        super().__init__(name="filters", daemon=True)
        self.queue: SimpleQueue[_Work] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while True:
            work = self.queue.get()
            work.carry()
            with _moving:
                _hung.discard(work)
                if work.left or len(_idle) >= MOST_IDLE:
                    return
                _idle.append(self)


_idle: list[_Worker] = []
_hung: set[_Work] = set()
_moving: Final = threading.Lock()
_here: Final = threading.local()  # `work`: of this thread


def _collection(phase: str, _: dict[str, int]) -> None:
    work: _Work | None = getattr(_here, "work", None)
    if work is not None and phase == "start":
        work.collecting = time.thread_time()
    elif work is not None:
        work.collected += time.thread_time() - work.collecting
        work.collecting = 0.0


gc.callbacks.append(_collection)


def run(steps: Sequence[Step], seconds: float, whose: UUID | None = None) -> list[Done]:
    """Carry out steps until one fails, which is the last of the list then. `seconds`: for all of them together.

    `whose`: the workspace. :raises TooManyHang: while `MOST_HUNG_OF_ONE` of its works hang, or `MOST_HUNG` of all.
    """
    work = _Work(steps, whose)
    _worker(whose).queue.put(work)
    ends = time.monotonic() + seconds * CLOCK_FACTOR
    while not work.over.wait(LOOK_SECONDS):
        spent = work.late(seconds)
        if (spent or time.monotonic() > ends) and _leave(work):
            done = work.done[: len(steps) - 1]  # the last may come to its end only now
            left = steps[len(done)]
            return [*done, Done(left.name, failure=SPENT if spent else HUNG, seconds=left.seconds)]
    return work.done


def hung() -> int:
    """How many works of this process were left behind and still go on."""
    return len(_hung)


def _worker(whose: UUID | None) -> _Worker:
    with _moving:
        of_one = sum(work.whose == whose for work in _hung)
        if len(_hung) >= MOST_HUNG or of_one >= MOST_HUNG_OF_ONE:
            raise TooManyHang()
        return _idle.pop() if _idle else _Worker()


def _leave(work: _Work) -> bool:
    """False when it came to its end meanwhile."""
    with _moving:
        if work.over.is_set():
            return False
        work.left = True
        _hung.add(work)
        return True
