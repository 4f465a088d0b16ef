"""Steps: whole pieces of work on the database, run from the dispatch loop on the threads that are kept for them."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

from project import pools
from project.errors import DATABASE_OUTAGE

logger = logging.getLogger(__name__)

SECONDS: Final = 30.0
AGAIN_SECONDS: Final = (0.3, 1.0)

P = ParamSpec("P")
R = TypeVar("R")


async def patiently(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """A step of what was claimed, again and again while the database is away: the attempt number makes that safe.

    Without it a restart of the database would cost the answer that was ready, and its lease. What goes wrong for longer
    may be the fault of what is to be stored: then the lease ends, and the attempts are counted.
    """
    ends = time.monotonic() + SECONDS
    while True:
        try:
            return await pools.steps.run(work, *args, **kwargs)
        except (*DATABASE_OUTAGE, pools.Busy):
            if time.monotonic() > ends:
                raise
            logger.warning("a step waits for the database")
        await asyncio.sleep(random.uniform(*AGAIN_SECONDS))  # noqa: S311 - spreads the retries of many


async def leniently(work: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
    """One that may be left out while the database is away: the next of its kind says the same, and more."""
    try:
        await pools.steps.run(work, *args, **kwargs)
    except (*DATABASE_OUTAGE, pools.Busy):
        logger.warning("a step was left out: the database is away")
