"""Drills are short in `make test`, and as long as the requirement in `make drill`."""

import os
from typing import Final, TypeVar

T = TypeVar("T")

FULL: Final = os.environ.get("DRILL") == "1"


def pick(full: T, short: T) -> T:
    return full if FULL else short


def bound(seconds: float) -> float:
    """What a requirement asks for; where other tests share the machine, three times that and some."""
    return pick(seconds, 3 * seconds + 5)
