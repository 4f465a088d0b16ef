"""What is made of a rule's expression to find it, kept by the rule's version: for all threads, in bounded memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final
from uuid import UUID

from project import patterns
from security import matchview
from security.screening_models import RuleForm
from security.wordlists import Spans, WordList

# In bytes: 512 patterns, or lists of four million characters. What is not kept is made anew for each text.
MOST_KEPT: Final = 256 * 1024 * 1024
BYTES_OF_CHARACTER: Final = 60  # of a list: measured 9 to 59, the more the shorter its phrases are

Matcher = Callable[[str], Spans]
Key = tuple[UUID, int]


def matcher(form: str, expression: str) -> Matcher:
    """:raises ValueError: for what cannot be read."""
    if form == RuleForm.WORDS:
        listed = lines(expression)
        return WordList([*listed, *matchview.folded("\n".join(listed)).split("\n")])
    if not is_readable(form, expression):
        raise ValueError("neither a pattern nor a list of words")
    compiled = patterns.compiled(expression)
    return lambda text: (found.span() for found in compiled.finditer(text))


def is_readable(form: str, expression: str) -> bool:
    """Without making anything of a list: all are readable."""
    if form == RuleForm.PATTERN and len(expression) <= patterns.MOST_CHARACTERS:
        return _is_pattern(expression)
    return form == RuleForm.WORDS


def lines(expression: str) -> list[str]:
    return [line.strip() for line in expression.splitlines() if line.strip()]


def weight(form: str, expression: str) -> int:
    """In bytes, at most."""
    return BYTES_OF_CHARACTER * len(expression) if form == RuleForm.WORDS else patterns.MOST_MEMORY


class Kept:
    """By rule and version; those that nobody asked for longest go first. None: of a rule that cannot be read."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most, self.weight = most, 0
        self._held = OrderedDict[Key, tuple[Matcher | None, int]]()
        self._lock = threading.Lock()

    def known(self, keys: Iterable[Key]) -> dict[Key, Matcher | None]:
        with self._lock:
            found = {key: self._held[key][0] for key in keys if key in self._held}
            for key in found:
                self._held.move_to_end(key)
            return found

    def keep(self, key: Key, made: Matcher | None, weight: int) -> None:
        with self._lock:
            self.weight += weight - self._held.pop(key, (None, 0))[1]
            self._held[key] = made, weight
            while self.weight > self.most:
                self.weight -= self._held.popitem(last=False)[1][1]


@lru_cache(maxsize=1024)
def _is_pattern(expression: str) -> bool:
    return not patterns.fault(expression)
