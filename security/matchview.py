"""The text as filters match it: what hides from a pattern and not from a reader is undone.

Every view knows where each of its characters came from, so that what is found there is told of the text as sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """`starts` and `ends`: where in the original each character of `text` begins and ends; empty: at its own place."""

    text: str
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the view as a span of the original."""
        if not self.starts:
            return start, end
        return self.starts[start], self.ends[max(start, end - 1)]


def views(text: str) -> tuple[View, ...]:
    """The folded text first, then what is read when its encodings are undone, if there are any."""
    return (View(text),)
