"""Comparisons with a message's metadata: {"key": "customer.tier", "op": "in", "value": ["gold", "silver"]}."""

import json
import operator
from collections.abc import Callable
from typing import Any, Final

ABSENT: Final = object()
MOST_CHARACTERS: Final = 200
SHOWN: Final = 100  # characters: a decision is no second copy of a message, nor of a route


def compare(one: dict[str, Any], metadata: dict[str, Any]) -> tuple[Any, bool]:
    """What stands at the key, None for nothing, and whether the comparison holds."""
    value = value_at(metadata, one["key"])
    return None if value is ABSENT else shown(value), COMPARES[one["op"]](value, one.get("value"))


def shown(value: Any) -> Any:
    """As a decision keeps it: what is long as the first characters of its JSON, with a mark."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def value_at(metadata: dict[str, Any], key: str) -> Any:
    """The value of a dotted key; ABSENT where there is none."""
    value: Any = metadata
    for name in key.split("."):
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    return value


def fault(one: Any) -> str:
    """What is wrong with a comparison, in words; "" for nothing."""
    if not isinstance(one, dict) or not {"key", "op"} <= set(one) <= {"key", "op", "value"}:
        return 'Each has the fields "key", "op" and "value", and no others.'
    key, op, value = one["key"], one["op"], one.get("value")
    if not isinstance(key, str) or not 0 < len(key) <= MOST_CHARACTERS or not all(key.split(".")):
        return f"The key is a text of at most {MOST_CHARACTERS} characters; dots lead into objects: customer.tier."
    if not isinstance(op, str) or op not in COMPARES:
        return f"There is no comparison {op}. There are {', '.join(COMPARES)}."
    return _value(op, value, "value" in one)


def _value(op: str, value: Any, given: bool) -> str:
    if op == "exists":
        return "" if not given or isinstance(value, bool) else "The value of exists is true or false."
    if not given:
        return f"{op} needs a value."
    if op == "in":
        return "" if isinstance(value, list) and value else 'The value of in is a list, such as ["gold", "silver"].'
    if op != "equals" and type(value) not in (int, float):
        return f"{op} compares with a number."
    return ""


def _equal(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)  # True == 1 in Python


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: type(value) in (int, float) and compare(value, wanted)


COMPARES: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "equals": _equal,
    "in": lambda value, wanted: any(_equal(value, one) for one in wanted),
    "exists": lambda value, wanted: (value is not ABSENT) is (wanted is not False),
    "lt": _compared(operator.lt),
    "lte": _compared(operator.le),
    "gt": _compared(operator.gt),
    "gte": _compared(operator.ge),
}
