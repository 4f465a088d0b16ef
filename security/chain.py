"""Filters, one after another in a thread apart: one that hangs is left behind, and who waits goes on.

What a filter may spend is processor time, so that a busy machine refuses nobody; one that sleeps instead is given up
after ten times as long on the clock. A thread cannot be ended: those that hang are counted, and bounded.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final

CLOCK_FACTOR: Final = 10
LOOK_SECONDS: Final = 0.02
MOST_HUNG: Final = 20
MOST_IDLE: Final = 32
CRASHED: Final = "crashed"
HUNG: Final = "hung"

_cpu_clock_of: Final[Callable[[int], int] | None] = getattr(time, "pthread_getcpuclockid", None)


class TooManyHang(Exception):
    """So many filters hang in this process that no further thread is spent on them."""


@dataclass(frozen=True)
class Step:
    """`seconds`: of processor time."""

    name: str
    work: Callable[[], Any]
    seconds: float


@dataclass(frozen=True)
class Done:
    """What became of a step. `failure`: "" for none, else `crashed` or `hung`; `seconds` on the clock."""

    name: str
    result: Any = None
    failure: str = ""
    error: BaseException | None = None
    seconds: float = 0.0


class _Work:
    """Steps under way. Written by the worker, read by who waits."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.done: list[Done] = []
        self.over = threading.Event()
        self.left = False
        self._clock: int | None = None
        self._began = self._step_began = 0.0

    def carry(self) -> None:
        self._clock = _cpu_clock_of(threading.get_ident()) if _cpu_clock_of else time.CLOCK_MONOTONIC
        self._began = self._cpu()
        for step in self.steps:
            self._step_began, began = self._cpu(), time.monotonic()
            try:
                result, failure, error = step.work(), "", None
            except BaseException as raised:  # noqa: BLE001 - the border to foreign code; who asked decides
                result, failure, error = None, CRASHED, raised
            self.done.append(Done(step.name, result, failure, error, time.monotonic() - began))
            if failure:
                break
        self.over.set()

    def late(self, seconds: float) -> bool:
        """Whether the step under way, or all of them together, spent more than they may."""
        if self._clock is None:
            return False
        step = self.steps[min(len(self.done), len(self.steps) - 1)]
        now = self._cpu()
        return now - self._began > seconds or now - self._step_began > step.seconds

    def _cpu(self) -> float:
        return time.clock_gettime(self._clock) if self._clock is not None else 0.0


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


def run(steps: Sequence[Step], seconds: float) -> list[Done]:
    """Carry out steps until one fails, which is the last of the list then. `seconds`: for all of them together.

    :raises TooManyHang: while `MOST_HUNG` of them hang.
    """
    work = _Work(steps)
    _worker().queue.put(work)
    ends = time.monotonic() + seconds * CLOCK_FACTOR
    while not work.over.wait(LOOK_SECONDS):
        if (work.late(seconds) or time.monotonic() > ends) and _leave(work):
            return [*work.done, Done(steps[len(work.done)].name, failure=HUNG, seconds=seconds)]
    return work.done


def hung() -> int:
    """How many works of this process were left behind and still go on."""
    return len(_hung)


def _worker() -> _Worker:
    with _moving:
        if len(_hung) >= MOST_HUNG:
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
