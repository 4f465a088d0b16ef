"""Periodic jobs: plain functions in `jobs.py` of any installed app, found by name."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from project.registry import Registry, written

Work = Callable[[], str | None]
W = TypeVar("W", bound=Work)


@dataclass(frozen=True)
class Job:
    name: str
    every: timedelta
    work: Work


REGISTRY: Final[Registry[Job]] = Registry("periodic job", lambda job: written(job.work))


def periodic(every: timedelta) -> Callable[[W], W]:
    """Run a function each `every`, once across all processes, under its own name. What it returns is shown to staff.

    A turn may find the one before it still running in another process: write it so that this does no harm.

    :raises ValueError: when a job of that name exists, or `every` is not above zero.
    :raises TypeError: for an async function.
    """
    if every <= timedelta():
        raise ValueError("a periodic job needs an interval above zero")

    def add(work: W) -> W:
        name = getattr(work, "__name__", "")
        if inspect.iscoroutinefunction(work):
            raise TypeError(f"the periodic job {name!r} is async; it runs in a thread: make it a plain function")
        REGISTRY.add(name, Job(name, every, work))
        return work

    return add
