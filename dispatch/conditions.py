"""The conditions of a route against one message. All must be met; a route without conditions takes every message.

    {"kind": ["text"], "role": ["viewer"], "sender": ["ada"], "text": "(?i)invoice", "attachment": ["image/*"],
     "metadata": [{"key": "customer.tier", "op": "in", "value": ["gold"]}], "workspace": ["<id>"]}

What they may be is `dispatch/condition_faults.py`'s to say, when a route is saved.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import re2

from dispatch import comparisons
from dispatch.asked import Asked
from project import patterns

Look = Callable[[Any, Asked], tuple[Any, bool]]


def evaluate(conditions: dict[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """Each condition with what it looked for, what it found and whether it is met."""
    return [_looked_at(on, look, expected, asked) for on, look, expected in _each(conditions)]


def _each(conditions: dict[str, Any]) -> Iterator[tuple[str, Look, Any]]:
    for on, expected in conditions.items():
        if on == "metadata" and isinstance(expected, list):
            yield from (("metadata", _metadata, one) for one in expected)
        else:
            yield on, LOOKS.get(on, _unknown), expected


def _looked_at(on: str, look: Look, expected: Any, asked: Asked) -> dict[str, Any]:
    try:
        found, met = look(expected, asked)
    except (TypeError, KeyError, AttributeError, re2.error):  # a row that was not saved through its checks: no match
        found, met = None, False
    return {"on": on, "expected": _shown(expected), "found": found, "met": met}


def _shown(expected: Any) -> Any:
    """A comparison keeps its key and its `op`."""
    if isinstance(expected, dict) and "value" in expected:
        return {name: comparisons.shown(part) for name, part in expected.items()}
    return comparisons.shown(expected)


def _unknown(expected: Any, asked: Asked) -> tuple[None, bool]:
    return None, False


def _kind(expected: list[str], asked: Asked) -> tuple[str, bool]:
    return asked.kind, asked.kind in expected


def _role(expected: list[str], asked: Asked) -> tuple[str, bool]:
    return asked.role, asked.role in expected


def _workspace(expected: list[str], asked: Asked) -> tuple[str, bool]:
    return str(asked.workspace), str(asked.workspace) in expected


def _sender(expected: list[str], asked: Asked) -> tuple[str, bool]:
    return asked.username, asked.username in expected or str(asked.sender) in expected


def _text(expected: str, asked: Asked) -> tuple[bool, bool]:
    found = patterns.found(expected, _said(asked))
    return found, found


def _said(asked: Asked) -> str:
    """Text and the texts of its parts, without data."""
    parts = [str(part.get("text", "")) for part in asked.parts if part["type"] == "text"]
    return "\n".join([asked.text, *parts]).strip("\n")


def _attachment(expected: list[str], asked: Asked) -> tuple[list[str], bool]:
    types = [str(part.get("media_type", "")).lower() for part in asked.parts if part.get("type") == "file"]
    return types[:10], any(_covers(pattern, type) for pattern in expected for type in types)


def _covers(pattern: str, type: str) -> bool:
    wanted, actual = pattern.lower().partition("/"), type.partition("/")
    return wanted[0] in ("*", actual[0]) and wanted[2] in ("*", actual[2])


def _metadata(expected: dict[str, Any], asked: Asked) -> tuple[Any, bool]:
    return comparisons.compare(expected, asked.metadata)


LOOKS: Final[dict[str, Look]] = {
    "kind": _kind,
    "role": _role,
    "workspace": _workspace,
    "sender": _sender,
    "text": _text,
    "metadata": _metadata,
    "attachment": _attachment,
}
