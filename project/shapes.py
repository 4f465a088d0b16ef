"""Shapes of data, as JSON Schema: what an event or frame says, with the words that its documentation is made of.

Only what Draft 7 and Draft 2020-12 have in common, so that every reader of AsyncAPI and OpenAPI understands it.
"""

from typing import Any, Final

Shape = dict[str, Any]

UUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}([0-9]{3})?Z$"
CURSOR: Final = f"^[0-9]{{1,18}}-[0-9]{{1,18}}(~{UUID}\\.[0-9]+\\.[0-9]+)?$"
CODE: Final = "^[a-z][a-z_]*$"


def closed(required: dict[str, Shape], optional: dict[str, Shape] | None = None, **more: Any) -> Shape:
    """An object of these fields and no others. `title`: it is a thing of its own in the documentation."""
    fields = {**required, **(optional or {})}
    return {
        "type": "object",
        **more,
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }


def id(says: str) -> Shape:
    return {"type": "string", "format": "uuid", "pattern": f"^{UUID}$", "description": says}


def time(says: str) -> Shape:
    return {"type": "string", "format": "date-time", "pattern": TIME, "description": says}


def cursor(says: str) -> Shape:
    return {"type": "string", "pattern": CURSOR, "description": says}


def text(says: str, **more: Any) -> Shape:
    return {"type": "string", **more, "description": says}


def code(says: str) -> Shape:
    """A word for programs, of a list that may grow."""
    return {"type": "string", "pattern": CODE, "description": says}


def word(says: str, *words: str) -> Shape:
    """One of a closed list."""
    return {"type": "string", "enum": [str(word) for word in words], "description": says}


def number(says: str, least: int = 0) -> Shape:
    return {"type": "integer", "minimum": least, "description": says}


def flag(says: str) -> Shape:
    return {"type": "boolean", "description": says}


def anything(says: str) -> Shape:
    """An object whose fields are others' to choose."""
    return {"type": "object", "description": says}


def listed(says: str, items: Shape, **more: Any) -> Shape:
    return {"type": "array", "items": items, **more, "description": says}


def nullable(shape: Shape) -> Shape:
    found = {**shape, "type": [shape["type"], "null"]}
    return {**found, "enum": [*shape["enum"], None]} if "enum" in shape else found
