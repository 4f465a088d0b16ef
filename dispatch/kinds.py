"""Kinds of messages: known are those that a handler answers, and those that are declared, with a schema of parts.

kinds.declare("invoice", schema={"type": "array", "minItems": 1, ...})
"""

import inspect
from dataclasses import dataclass
from typing import Any, Final

from dispatch import handlers
from project import schemas
from project.errors import Unprocessable
from project.registry import Registry
from project.schemas import Schema


class UnknownKind(Unprocessable):
    code = "unknown_kind"
    title = "No handler takes messages of this kind"


class InvalidParts(Unprocessable):
    code = "invalid_parts"
    title = "The parts are not what messages of this kind consist of"


@dataclass(frozen=True)
class Kind:
    """`schema`: of the `parts` of a message, the whole array. `where`: `file:line` of its declaration."""

    name: str
    schema: Schema | None
    description: str
    where: str


REGISTRY: Final[Registry[Kind]] = Registry("kind", lambda kind: kind.where)


def declare(name: str, schema: dict[str, Any] | None = None, description: str = "") -> None:
    """Make a kind known, and what the `parts` of its messages are: JSON Schema, Draft 2020-12.

    :raises ValueError: when the kind is declared already. :raises BadSchema: a ValueError, too: for what is no schema.
    """
    handlers.check_name("kind", name, handlers.KIND_LENGTH)
    frame = inspect.currentframe()
    caller = frame and frame.f_back
    where = f"{caller.f_code.co_filename}:{caller.f_lineno}" if caller else ""
    REGISTRY.add(name, Kind(name, schemas.read(schema) if schema is not None else None, description, where))


def known() -> list[str]:
    return sorted({*REGISTRY, *handlers.kinds()})


def schema_of(name: str) -> dict[str, Any] | None:
    kind = REGISTRY.get(name)
    return kind.schema.document if kind and kind.schema else None


def check(name: str, parts: tuple[dict[str, Any], ...]) -> None:
    """Whether a message may be of this kind.

    :raises UnknownKind: naming the kinds there are. :raises InvalidParts: with a pointer to each violation.
    """
    there = known()
    if name not in there:
        raise UnknownKind(f"Known kinds are {', '.join(there)}.")
    kind = REGISTRY.get(name)
    violations = kind.schema.violations(list(parts), "/parts") if kind and kind.schema else []
    if violations:
        raise InvalidParts(f"`parts` does not fit the schema of the kind {name}; GET handlers/ shows it.", violations)
