"""A shape as a table in Markdown: field, what it is, what it means."""

from typing import Any, Final

from project.shapes import CODE, CURSOR, Shape

FORMATS: Final[dict[str, str]] = {"uuid": "id", "date-time": "time"}
PATTERNS: Final[dict[str, str]] = {CURSOR: "cursor", CODE: "code"}
WORDS: Final = {"integer": "number", "boolean": "true or false", "array": "list", "string": "text"}


def table(shape: Shape, shared: dict[str, Shape]) -> str:
    """`shared` gets the shapes that have a title: they are told once, under it."""
    if not shape["properties"]:
        return "No fields.\n"
    rows = [_row(name, field, name in shape["required"], shared) for name, field in shape["properties"].items()]
    return "\n".join(["| Field | Is | Means |", "|---|---|---|", *rows]) + "\n"


def _row(name: str, field: Shape, required: bool, shared: dict[str, Shape]) -> str:
    absent = "" if required else "; may be absent"
    return f"| `{name}` | {_kind(field, shared)}{absent} | {field['description']} |"


def _kind(field: Shape, shared: dict[str, Shape]) -> str:
    if "title" in field:
        shared[field["title"]] = field
        return f"[{field['title']}](#{field['title'].lower()})"
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"] if word is not None) + _or_null(field)
    if field.get("type") == "array":
        return f"list of {_kind(field['items'], shared)}"
    kind = FORMATS.get(field.get("format", "")) or PATTERNS.get(field.get("pattern", "")) or _type(field)
    return kind + _or_null(field)


def _type(field: Shape) -> str:
    found: Any = field.get("type", "anything")
    name = found[0] if isinstance(found, list) else found
    return WORDS.get(name, str(name))


def _or_null(field: Shape) -> str:
    return " or null" if isinstance(field.get("type"), list) else ""
