"""How long the filters take that the settings list: each alone, and all of them as a message meets them."""

import time
from collections.abc import Callable
from random import Random
from statistics import median, quantiles
from typing import Final

from django.conf import settings
from django.test import override_settings

from security import screening
from security.material import Material
from tests.outage.report import row

ROWS: Final = "rules"  # asks the database for staff's rules: one query, whatever the text
TALK: Final = """\
I would like to know when the next train to Turin leaves because my sister's ticket, number 48213, is for Monday and the
office said: call again at 9:30 or write to us. Thanks! What about the refund of 20 euros? It isn't shown in my account
(yet), although the page at https://example.org/help?topic=refunds promised it within three days. Please don't select
another seat; update the booking for both of us, and drop the insurance from the order. Write to anna@example.org or
call +39 011 555 0199. def total(items): return sum(item.price * item.count for item in items if item.count > 0) # cents
Meet me at the caf\u00e9 \u2013 the \u201cold\u201d one \U0001f600 \u0441\u043f\u0430\u0441\u0438\u0431\u043e! Now
<b>Bold</b> is 100 % of R&D = 5 -- perhaps.
"""
WORDS: Final = TALK.split()
GOALS: Final = {200: 0.3, 2_000: 5.0, 20_000: 20.0}  # milliseconds
SLOPE: Final = (1_000, 100_000)


def measure(times: int) -> list[float]:
    """For each size of a message the goal as a multiple of what was taken; then how linear each filter is."""
    listed = [name for name in settings.FILTERS if name != ROWS]
    found = list[float]()
    with override_settings(FILTERS=listed):
        for size, goal in GOALS.items():
            taken = _milliseconds(lambda text: screening.screen(Material(text)), size, times * 200 // size + times)
            typical, worst = median(taken), quantiles(taken, n=1000, method="inclusive")[-1]
            found.append(goal / (typical if size == min(GOALS) else worst))
            row(f"screening of {size}", goal=found[-1], median_ms=typical, p999_ms=worst, messages=len(taken))
    return found + [_slope(name, min(times, 20)) for name in ("views", *listed)]


def _slope(name: str, times: int) -> float:
    """How much longer a hundred times the text takes than a hundred times as long: 1 is linear, 100 is its square."""
    work: Callable[[Material], object] = (
        (lambda material: material.views) if name == "views" else screening.FILTERS[name].work
    )
    small, large = (min(_milliseconds(lambda text: _read(work, text), size, times)) for size in SLOPE)
    ratio = large / small * SLOPE[0] / SLOPE[1]
    row(f"slope of {name}", slope=ratio, small_ms=small, large_ms=large)
    return ratio


def _read(work: Callable[[Material], object], text: str) -> None:
    found = work(Material(text))
    if not isinstance(found, tuple):
        list(found)  # type: ignore[call-overload]


def _milliseconds(work: Callable[[str], object], size: int, times: int) -> list[float]:
    """Each of another text, after some that warm up."""
    chosen, taken = Random(size), list[float]()  # noqa: S311 - the same texts each time
    warm = min(times, 20)
    for number in range(times + warm):
        text = " ".join(chosen.choices(WORDS, k=size // 4))[:size]
        began = time.perf_counter()
        work(text)
        if number >= warm:
            taken.append(1000 * (time.perf_counter() - began))
    return taken
