"""Erasure: what is stored of a person goes, app by app. Each app's `erasure.py` is found by name.

@erasure.of("messages")
def erase(subject: UUID) -> int: ...
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from project.registry import Registry

Erase = Callable[[UUID], int]

REGISTRY: Final[Registry[Erase]] = Registry("erasure")


def of(noun: str) -> Callable[[Erase], Erase]:
    """Register a function that takes a user's id, and returns how many `noun` of theirs are gone. It may be called
    again for the same user: then it takes what has come since, or was left.

    :raises ValueError: when somebody else erases these.
    """

    def add(erase: Erase) -> Erase:
        REGISTRY.add(noun, erase)
        return erase

    return add


def erase(subject: UUID) -> dict[str, int]:
    """How many of what are gone. Upper layers go first: they let go of what lower ones hold."""
    return {noun: REGISTRY[noun](subject) for noun in reversed(list(REGISTRY))}
