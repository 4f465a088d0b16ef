"""Which of many findings are kept: the gravest ones, and of each rule one before a second of any."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

One = TypeVar("One")


def foremost(
    found: Sequence[One], gravity: Callable[[One], Any], rule: Callable[[One], Hashable], most: int
) -> list[One]:
    """At most `most`, in their order."""
    turns, met = dict[int, int](), Counter[Hashable]()
    for number in sorted(range(len(found)), key=lambda number: gravity(found[number]), reverse=True):
        turns[number] = met[rule(found[number])]
        met[rule(found[number])] += 1
    return [found[number] for number in sorted(sorted(turns, key=turns.__getitem__)[:most])]
