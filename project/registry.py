"""Named things that code registers: a duplicate name is a mistake and raises where it is made."""

import inspect
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Generic, TypeVar

Thing = TypeVar("Thing")


class Registry(Generic[Thing]):
    """Names to things, in the order of registration. `where`: the place in the code where a thing was written.

    Any thread may change it at any time: a change makes a new table, so who reads sees all of it or nothing.
    """

    def __init__(self, noun: str, where: "Callable[[Thing], str] | None" = None) -> None:
        self._noun = noun
        self._where = where or written
        self._things: dict[str, Thing] = {}
        self._changing = threading.Lock()

    def add(self, name: str, thing: Thing) -> None:
        """:raises ValueError: for a name that is taken, telling by whom."""
        with self._changing:
            if name in self._things:
                first = self._where(self._things[name])
                raise ValueError(f"a {self._noun} named {name!r} is registered already{first and f', in {first}'}")
            self._things = {**self._things, name: thing}

    def replace(self, name: str, **fields: Any) -> Thing:
        """Exchange a dataclass for one with other `fields`, in its place in the order. Returns the new one.

        :raises LookupError: for a name that nothing has.
        """
        with self._changing:
            thing: Any = self._things[self._known(name)]
            self._things = {**self._things, name: replace(thing, **fields)}
            return self._things[name]

    def remove(self, name: str) -> None:
        """:raises LookupError: for a name that nothing has."""
        with self._changing:
            gone = self._known(name)
            self._things = {other: thing for other, thing in self._things.items() if other != gone}

    def __getitem__(self, name: str) -> Thing:
        return self._things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def get(self, name: str) -> Thing | None:
        return self._things.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def values(self) -> list[Thing]:
        return list(self._things.values())

    def _known(self, name: str) -> str:
        if name not in self._things:
            there = ", ".join(sorted(self._things)) or "none"
            raise LookupError(f"no {self._noun} is named {name!r}; there are: {there}")
        return name


def written(code: Any) -> str:
    """`file:line` where a function was written; empty for what is none."""
    found = getattr(inspect.unwrap(code), "__code__", None) if callable(code) else None
    return f"{found.co_filename}:{found.co_firstlineno}" if found else ""
