"""What loading and appending cost: as cached against one read of the cache, and in a long conversation against a short.

It measures in a process of its own, on the database of an installation.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from tests.databases import ROOT
from tests.deployment import Deployment
from tests.outage.report import row

# A hundred of them are too many for one context, so that both sides leave something out, sum up and recall.
TEXT: Final = (
    "Number {}: I would like to know when the next train to Turin leaves, for my ticket is of Monday, and the office "
    "said to call again at half past nine or to write to them; nobody has told us whether seats may still be changed."
)
ASKED: Final = "When does the train leave that number 17 asked for?"


@dataclass(frozen=True)
class Talks:
    """`short` and `long`: messages of the conversations that are compared. `touched`: how many others are loaded."""

    short: int
    long: int
    times: int
    touched: int


def measure(deployment: Deployment, size: Talks) -> list[float]:
    """The ratios: a cached load and a read of the same bytes; on a miss, cached and appending, long and short; bytes of
    a snapshot and those that it may have; memory afterwards and before.
    """
    code = f"from tests.bench import knowing; knowing.main({asdict(size)})"
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=deployment.environment, check=True, stdout=subprocess.PIPE)
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    for name, figures in found.items():
        row(name, **figures)
    return [figures["ratio"] for figures in found.values()]


def main(size: dict[str, int]) -> None:
    """In the process that measures: write the figures."""
    json.dump(_measured(Talks(**size)), sys.stdout)


def _measured(size: Talks) -> dict[str, dict[str, float]]:
    from tests.bench.talks import Talk, touch

    short, long = Talk(size.short), Talk(size.long)
    return {
        "snapshot and cache": _snapshot(long, 20 * size.times),
        "cached load": _compared(short.load, long.load, size.times, rows_ms=1000 * median(long.rows(size.times))),
        "load on a miss": _compared(short.miss, long.miss, size.times),
        "append": _compared(short.append, long.append, size.times),
        "snapshot bytes": long.bytes(),
        "conversations touched": touch(size.touched),
    }


def _snapshot(talk: Any, times: int) -> dict[str, float]:
    """`first`: where the views of this text are made for the first time in this process."""
    raw, read, first = _turns((talk.raw, talk.read, talk.first), times)
    micro = {"raw_us": 1e6 * raw, "read_us": 1e6 * read, "first_us": 1e6 * first}
    return {"ratio": read / raw, "first": first / raw, **micro}


def _compared(short: Callable[[], object], long: Callable[[], object], times: int, **more: float) -> dict[str, float]:
    quick, slow = _turns((short, long), times)
    return {"ratio": slow / quick, "short_ms": 1000 * quick, "long_ms": 1000 * slow, **more}


def _turns(works: tuple[Callable[[], object], ...], times: int) -> list[float]:
    """The median seconds of each; they take turns, after one of each to warm up."""
    taken: list[list[float]] = [[] for _ in works]
    gc.disable()  # it would strike one side and not the other
    for _ in range(times + 1):
        for work, seconds in zip(works, taken, strict=True):
            began = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began)
    gc.enable()
    return [median(seconds[1:]) for seconds in taken]
