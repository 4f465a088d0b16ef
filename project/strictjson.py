"""One strict JSON reader for every door. What PostgreSQL, SQLite or a peer would read differently is refused here.

Refused: NaN and infinities, duplicate keys, lone surrogates, NUL, depth over 32, numbers beyond 64 bits, trailing data.
"""

import json
import math
from typing import Any, Final

from project.errors import BadRequest

MAX_DEPTH: Final = 32
MAX_NUMBER: Final = 2**63 - 1


class MalformedJSON(BadRequest):
    code = "malformed_json"
    title = "The body is not JSON that can be accepted"


def loads(raw: bytes | str) -> Any:
    """:raises MalformedJSON: with a detail that names what is wrong."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
        _walk(value, 1)
    except UnicodeDecodeError as error:
        raise MalformedJSON("The body must be UTF-8.") from error
    except RecursionError as error:
        raise MalformedJSON(f"Nesting deeper than {MAX_DEPTH} is not accepted.") from error
    except json.JSONDecodeError as error:
        raise MalformedJSON(f"{error.msg} at line {error.lineno}, column {error.colno}.") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJSON("An object names the same key twice.")
    return found


def _constant(name: str) -> None:
    raise MalformedJSON(f"{name} is not a JSON number.")


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        raise MalformedJSON("A number is outside the range of 64 bits.")
    return value


def _int(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > MAX_NUMBER:
        raise MalformedJSON("A number is outside the range of 64 bits.")
    return int(digits)


def check(value: Any) -> None:
    """Whether a value made by code could have come from `loads`: what it refuses, a database or a peer would.

    :raises MalformedJSON: naming what is wrong.
    """
    _walk(value, 1)


def _walk(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, (int, float)):
        if not abs(value) <= MAX_NUMBER:  # NaN compares false
            raise MalformedJSON("A number is outside the range of 64 bits.")
    elif isinstance(value, (dict, list)):
        if depth > MAX_DEPTH:
            raise MalformedJSON(f"Nesting deeper than {MAX_DEPTH} is not accepted.")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _walk(item, depth + 1)
    elif value is not None:
        raise MalformedJSON(f"A {type(value).__name__} is not JSON.")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedJSON("Text must not contain the character U+0000.")
    if any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False:
        raise MalformedJSON("Text must not contain lone surrogates.")
