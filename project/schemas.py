"""JSON Schema, Draft 2020-12: schemas are written by developers, what has to fit them comes from anyone.

A schema is read whole or not at all: no reference leaves it, and its patterns are RE2's. A check has a bounded cost and
tells the same violations in the same order each time. `format` is a note to readers, as the draft has it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import re2
import referencing
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from project import keywords, patterns, violations

MOST: Final = 20
MOST_KEPT: Final = 256
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TOO_COSTLY: Final = "This is too large or nested too deeply to be checked."


class BadSchema(ValueError):
    """A schema that could not be used, or could be used against us."""


@dataclass(frozen=True)
class Schema:
    document: dict[str, Any]
    validator: Any

    def violations(self, value: Any, pointer: str = "") -> list[dict[str, str]]:
        """What `value` breaks, by place, at most `MOST`: `{"pointer", "code", "detail"}` each, none if it fits.

        `value`: JSON as `strictjson` reads it, which bounds depth and numbers. `pointer`: where it stands itself.
        """
        found: list[ValidationError] = []
        try:
            with keywords.metered():
                for error in islice(self.validator.iter_errors(value), MOST):
                    found.append(error)
        except (keywords.TooCostly, RecursionError):
            if not found:
                return [{"pointer": pointer, "code": "too_costly", "detail": TOO_COSTLY}]
        return violations.listed(found, pointer)


def read(document: dict[str, Any]) -> Schema:
    """:raises BadSchema: telling what of it cannot be used, and where."""
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadSchema(f"a schema is JSON: {error}") from error
    return _read(text)


@lru_cache(maxsize=MOST_KEPT)
def _read(text: str) -> Schema:
    """Once for each in use: an expert's are read at each of its tasks, and to check their form is most of that."""
    copy = json.loads(text)
    if not isinstance(copy, dict):
        raise BadSchema("a schema is an object")
    if copy.get("$schema", DIALECT).rstrip("#") != DIALECT:
        raise BadSchema(f"schemas are of Draft 2020-12: `$schema` is {DIALECT} or left out")
    for part, alone in _parts(copy):
        if alone:
            _check_form(part)
        _check(part, part is copy)
        keywords.cheapest_first(part)
    return Schema(copy, keywords.Validator(copy, registry=referencing.Registry()))


def _parts(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """A schema and every schema in it, also where only a reference leads, and whether none before has it within."""
    root = DRAFT202012.create_resource(document)
    resolver = referencing.Registry().resolver_with_root(root)
    within, led_to = list[referencing.Resource[Any]](), [root]
    seen = set[int]()
    while within or led_to:
        alone = not within
        resource = led_to.pop() if alone else within.pop()
        part = resource.contents
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part, alone
        within += resource.subresources()
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in part:
                led_to.append(DRAFT202012.create_resource(_target(resolver, part[keyword])))


def _target(resolver: Any, reference: str) -> Any:
    if not reference.startswith("#"):
        raise BadSchema(f"the reference {reference!r} leaves the schema; references begin with #")
    try:
        return resolver.lookup(reference).contents
    except Unresolvable as error:
        raise BadSchema(f"the reference {reference!r} leads nowhere") from error


def _check_form(part: dict[str, Any]) -> None:
    """With all within it. That takes a few milliseconds, and a process has a schema of each event when it starts."""
    try:
        Draft202012Validator.check_schema(part)
    except SchemaError as error:
        raise BadSchema(f"at {error.json_path}: {error.message}") from error


def _check(part: dict[str, Any], is_root: bool) -> None:
    if "$id" in part and not is_root:
        raise BadSchema("`$id` stands at the top of a schema only")
    if "patternProperties" in part:
        raise BadSchema("`patternProperties` is not supported; `propertyNames` takes a pattern")
    if "pattern" in part:
        try:
            patterns.compiled(part["pattern"])
        except re2.error as error:
            raise BadSchema(f"RE2 does not take the pattern {part['pattern']!r}: {error.args[0]!r}") from error
