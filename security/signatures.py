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
from security.matchview import View

FOLDER: Final = Path(__file__).parent / "signatures_of"
SET_MEMORY: Final = 64 * 1024 * 1024  # bytes; the automaton of a whole pack, made as it is needed


@dataclass(frozen=True)
class Signature:
    """`weight`: from 0 to 1, how sure it is that who says this means harm. `more`: other fields of its table."""

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
    """The signatures of one file, compiled into one automaton: a text that meets none is read once."""

    def __init__(self, name: str) -> None:
        self.signatures = [Signature(key, **_known(table)) for key, table in _read(name).items()]
        options = re2.Options()
        options.max_mem, options.log_errors = SET_MEMORY, False
        self._set = re2.Set.SearchSet(options)
        for signature in self.signatures:
            self._set.Add(signature.pattern)
        self._set.Compile()

    def hits(self, view: View) -> Iterator[Hit]:
        """Each signature that is met, where it is met first."""
        for number in self._set.Match(view.text):
            signature = self.signatures[number]
            found = patterns.compiled(signature.pattern).search(view.text)
            if found is not None:
                yield Hit(signature, view.origin(*found.span()))


def _read(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())


def _known(table: dict[str, Any]) -> dict[str, Any]:
    own = {"pattern": table["pattern"], "weight": table.get("weight", 1.0)}
    return {**own, "more": {key: value for key, value in table.items() if key not in own}}
