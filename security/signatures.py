"""Signatures: patterns that ship with Switchboard, many looked for at once. RE2: linear in the text.

A pack is a TOML file with a table for each signature. `pieces` names what several patterns share, written `<name>` in
them:

    [pieces]
    gap = '[\\s_]+'

    [ignore-previous]
    pattern = '(?i)\\bignore<gap>(all<gap>)?previous<gap>instructions\\b'
    weight = 0.9
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import re2

from security import matchview
from security.matchview import View

FOLDER: Final = Path(__file__).parent / "signatures_of"
SET_MEMORY: Final = 16 * 1024 * 1024  # bytes, of an automaton; it is made as it is needed
# An automaton's states are what its signatures are at together. With 170 in one, ordinary text met a new state at every
# other letter: 2 KB took 5 ms. By eight it is 0.3 ms, and with fewer the passes cost more than they save.
SET_SIZE: Final = 8


@dataclass(frozen=True)
class Signature:
    """`weight`: from 0 to 1, how sure it is that who says this means harm. `more`: other fields of its table.

    Patterns are folded as the views are in which they are looked for.
    """

    name: str
    pattern: str
    weight: float
    more: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def alone(self) -> Any:
        """To find its place: compiled when it is first met."""
        return re2.compile(self.pattern, _options())


@dataclass(frozen=True)
class Hit:
    """`span`: of the original text."""

    signature: Signature
    span: tuple[int, int]


class Pack:
    """The signatures of one file, compiled into few automata: each reads the text once."""

    def __init__(self, name: str) -> None:
        tables = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        pieces = tables.pop("pieces", {})
        self.signatures = [_signature(key, table, pieces) for key, table in tables.items()]
        starts = range(0, len(self.signatures), SET_SIZE)
        self._sets = [_Set(self.signatures[start : start + SET_SIZE]) for start in starts]

    def met(self, text: str) -> list[Signature]:
        """The signatures that are met, without their places."""
        encoded = text.encode()
        return [signature for one in self._sets for signature in one.met(encoded)]

    def hits(self, view: View) -> Iterator[Hit]:
        """Each signature that is met, where it is met first."""
        for signature in self.met(view.text):
            found = signature.alone.search(view.text)
            if found is not None:
                yield Hit(signature, view.origin(*found.span()))

    def every(self, view: View) -> Iterator[tuple[Signature, Any]]:
        """Each place where a signature is met, as RE2 tells it of the view's text."""
        for signature in self.met(view.text):
            for match in signature.alone.finditer(view.text):
                yield signature, match


class _Set:
    def __init__(self, signatures: list[Signature]) -> None:
        self._signatures, self._set = signatures, re2.Set.SearchSet(_options())
        for signature in signatures:
            self._set.Add(signature.pattern)
        self._set.Compile()

    def met(self, encoded: bytes) -> list[Signature]:
        return [self._signatures[number] for number in self._set.Match(encoded) or ()]


def _options() -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors = SET_MEMORY, False
    return options


def _signature(name: str, table: dict[str, Any], pieces: dict[str, str]) -> Signature:
    own = {"pattern": table["pattern"], "weight": table.get("weight", 1.0)}
    pattern = own["pattern"]
    for piece, meaning in pieces.items():
        pattern = pattern.replace(f"<{piece}>", meaning)
    pattern = matchview.folded(pattern)
    more = {key: value for key, value in table.items() if key not in own}
    return Signature(name, pattern, own["weight"], more)
