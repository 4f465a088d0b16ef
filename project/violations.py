"""What a value breaks of a schema, in words for who sent it: made from the schema, not from what was sent."""

import json
from collections.abc import Iterable
from typing import Any, Final

from jsonschema.exceptions import ValidationError

LONGEST_POINTER: Final = 500
LONGEST_VALUE: Final = 200

# Keyword to words; `{}` is the value that the schema gives it.
WORDS: Final = {
    None: "Nothing is allowed here.",
    "additionalProperties": "There is no such field.",
    "anyOf": "None of the alternatives fits.",
    "const": "It has to be {}.",
    "enum": "It has to be one of {}.",
    "exclusiveMaximum": "It has to be less than {}.",
    "exclusiveMinimum": "It has to be more than {}.",
    "items": "There may be no further items.",
    "maxItems": "There may be at most {} items.",
    "maxLength": "It may have at most {} characters.",
    "maxProperties": "There may be at most {} fields.",
    "maximum": "It may be at most {}.",
    "minItems": "There have to be at least {} items.",
    "minLength": "It has to have at least {} characters.",
    "minProperties": "There have to be at least {} fields.",
    "minimum": "It has to be at least {}.",
    "multipleOf": "It has to be a multiple of {}.",
    "oneOf": "Exactly one of the alternatives has to fit.",
    "pattern": "It has to match the pattern {}.",
    "required": "This field is required.",
    "type": "It has to be of type {}.",
    "uniqueItems": "The items have to differ from each other.",
}
OTHERWISE: Final = "It does not meet {}."


def listed(errors: Iterable[ValidationError], pointer: str) -> list[dict[str, str]]:
    """`{"pointer", "code", "detail"}` of each, by place; lists by number."""
    found = [(_place(error), str(error.validator or "false"), _detail(error)) for error in errors]
    found.sort(key=lambda one: ([(isinstance(step, str), step) for step in one[0]], *one[1:]))
    return [{"pointer": pointer + _pointer(place), "code": code, "detail": detail} for place, code, detail in found]


def _place(error: ValidationError) -> list[Any]:
    return list(error.absolute_path)


def _pointer(place: list[Any]) -> str:
    """RFC 6901. Where names are very long: of the innermost place that can be told."""
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in place]
    while sum(map(len, steps)) + len(steps) > LONGEST_POINTER:
        steps.pop()
    return "".join(f"/{step}" for step in steps)


def _detail(error: ValidationError) -> str:
    keyword: Any = error.validator
    words = WORDS.get(keyword, OTHERWISE).format(_value(keyword, error.validator_value))
    return f"The name of a field: {words}" if "propertyNames" in error.absolute_schema_path else words


def _value(keyword: Any, value: Any) -> str:
    if keyword not in WORDS:
        return f"`{keyword}`"
    if keyword == "pattern":
        return _clipped(str(value))
    if keyword == "type":
        return " or ".join([value] if isinstance(value, str) else value)
    values = value if keyword == "enum" and isinstance(value, list) else [value]
    return _clipped(", ".join(json.dumps(one, ensure_ascii=False) for one in values))


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
