"""The keywords of JSON Schema as this installation checks them: metered, and nothing slower than what it reads.

Each keyword that is applied costs one; one that goes through a list or object costs one more for each of its members.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from project import patterns

BUDGET: Final = 30_000
LOOPS: Final = frozenset({"additionalProperties", "contains", "items", "propertyNames", "uniqueItems"})
QUADRATIC: Final = frozenset({"unevaluatedItems", "unevaluatedProperties"})

Check = Callable[[Any, Any, Any, Any], Any]


class TooCostly(Exception):
    """A check that would go on for too long."""


@dataclass
class Meter:
    left: int


_meter: ContextVar[Meter] = ContextVar("meter")


@contextmanager
def metered() -> Iterator[None]:
    """What is checked in here has one budget. :raises TooCostly: beyond it."""
    token = _meter.set(Meter(BUDGET))
    try:
        yield
    finally:
        _meter.reset(token)


def cheapest_first(part: dict[str, Any]) -> None:
    """Reorder a schema: what ends a check early, like `maxItems`, comes before what goes through all items."""
    ordered = {keyword: part[keyword] for keyword in sorted(part, key=lambda keyword: keyword in LOOPS | QUADRATIC)}
    part.clear()
    part.update(ordered)


def _spend(cost: int) -> None:
    meter = _meter.get()
    meter.left -= cost
    if meter.left < 0:
        raise TooCostly


def _costing(keyword: str, check: Check) -> Check:
    def costing(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        size = len(instance) if keyword in LOOPS | QUADRATIC and isinstance(instance, list | dict) else 0
        _spend(1 + (size * size if keyword in QUADRATIC else size))
        return check(validator, value, instance, schema)

    return costing


def _pattern(validator: Any, value: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not patterns.found(value, instance):
        yield ValidationError("")


def _required(validator: Any, value: list[str], instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Tells where each missing field should be."""
    for field in value if isinstance(instance, dict) else ():
        if field not in instance:
            yield ValidationError("", path=[field])


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """In the order in which they were sent; there are no `patternProperties`."""
    for field in instance if isinstance(instance, dict) else ():
        if field in schema.get("properties", {}):
            continue
        if value is False:
            yield ValidationError("", path=[field])
        else:
            yield from validator.descend(instance[field], value, path=field)


def _unique_items(validator: Any, value: bool, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if value and isinstance(instance, list) and len({_same(item) for item in instance}) < len(instance):
        yield ValidationError("")


def _same(value: Any) -> Any:
    """Equal for what is the same JSON: 1 and 1.0 are, 1 and true are not, the order of fields says nothing."""
    if isinstance(value, list):
        _spend(len(value))
        return tuple(map(_same, value))
    if isinstance(value, dict):
        _spend(len(value))
        return frozenset((name, _same(inner)) for name, inner in value.items())
    return (bool, value) if isinstance(value, bool) else value


OURS: Final[dict[str, Check]] = {
    "additionalProperties": _additional_properties,
    "pattern": _pattern,
    "required": _required,
    "uniqueItems": _unique_items,
}
Validator: Final[Any] = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {name: _costing(name, check) for name, check in {**Draft202012Validator.VALIDATORS, **OURS}.items()},
)
