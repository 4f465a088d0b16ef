"""Adapters: the ways to reach an expert, by name. A row of an expert names one; it never names code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from integrations.contract import Adapter, Given, Schema
from project.registry import Registry, written

Make = Callable[[Given], Adapter]
M = TypeVar("M", bound=Make)


@dataclass(frozen=True)
class Kind:
    """A way to reach experts. `settings` is the JSON Schema of what a row may say. `remote`: it leaves this process.

    `secret`: what its secret is for, in words for staff; "" for those that have none. `signs`: it is one of Standard
    Webhooks, and no other signs. `stands_in`: it only announces an expert that is not there yet.
    """

    name: str
    about: str
    make: Make
    settings: Schema = field(default_factory=dict)
    secret: str = ""
    signs: bool = False
    remote: bool = False
    stands_in: bool = False


REGISTRY: Final[Registry[Kind]] = Registry("adapter", lambda kind: written(kind.make))
NO_SETTINGS: Final[Schema] = {"type": "object", "additionalProperties": False}


def register(name: str, about: str, settings: Schema = NO_SETTINGS, **more: Any) -> Callable[[M], M]:
    """Make a class or function the adapter `name`: given a row's content, it makes the way to that expert.

    :raises ValueError: when there is one of that name.
    """

    def add(make: M) -> M:
        REGISTRY.add(name, Kind(name, about, make, settings, **more))
        return make

    return add
