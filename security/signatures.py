"""Signatures: patterns that ship with Switchboard, many looked for at once. RE2: linear in the text.

A pack is a TOML file with a table for each signature:

    [ignore-previous]
    pattern = '(?i)\\bignore (all )?previous instructions\\b'
    weight = 0.9
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import re2

from project import patterns
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


@dataclass(frozen=True)
class Hit:
    """`span`: of the original text."""

    signature: Signature
    span: tuple[int, int]


class Pack:
    """The signatures of one file, compiled into few automata: each reads the text once."""

    def __init__(self, name: str) -> None:
        self.signatures = [Signature(key, **_known(table)) for key, table in _read(name).items()]
        starts = range(0, len(self.signatures), SET_SIZE)
        self._sets = [_Set(self.signatures[start : start + SET_SIZE]) for start in starts]

    def met(self, text: str) -> list[Signature]:
        """The signatures that are met, without their places."""
        encoded = text.encode()
        return [signature for one in self._sets for signature in one.met(encoded)]

    def hits(self, view: View) -> Iterator[Hit]:
        """Each signature that is met, where it is met first."""
        for signature in self.met(view.text):
            found = patterns.compiled(signature.pattern).search(view.text)
            if found is not None:
                yield Hit(signature, view.origin(*found.span()))


class _Set:
    def __init__(self, signatures: list[Signature]) -> None:
        options = re2.Options()
        options.max_mem, options.log_errors = SET_MEMORY, False
        self._signatures, self._set = signatures, re2.Set.SearchSet(options)
        for signature in signatures:
            self._set.Add(signature.pattern)
        self._set.Compile()

    def met(self, text: bytes) -> list[Signature]:
        return [self._signatures[number] for number in self._set.Match(text) or ()]


def _read(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())


def _known(table: dict[str, Any]) -> dict[str, Any]:
    own = {"pattern": matchview.folded(table["pattern"]), "weight": table.get("weight", 1.0)}
    return {**own, "more": {key: value for key, value in table.items() if key not in own}}
