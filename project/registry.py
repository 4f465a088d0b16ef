"""Named things that code registers: a duplicate name is a mistake and raises at import."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Registry(Generic[Thing]):
    """Names to things, in the order of registration."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._things: dict[str, Thing] = {}

    def add(self, name: str, thing: Thing) -> None:
        if name in self._things:
            raise ValueError(f"a {self._noun} named {name!r} is registered already")
        self._things[name] = thing

    def get(self, name: str) -> Thing | None:
        return self._things.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def values(self) -> list[Thing]:
        return list(self._things.values())
