"""What the expert `summary` takes and gives, as JSON Schema."""

from typing import Any, Final

TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
INPUT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "What it should be about; left out: everything."},
        "last": {
            "type": "integer",
            "minimum": 1,
            "maximum": 300,
            "description": "Only so many messages, the newest.",
        },
    },
}


def _each(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties, "required": list(properties)}}


OUTPUT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "summary": {"type": "string", "description": "A line for each sentence: who said it, and what."},
        "first_seq": NUMBER,
        "last_seq": NUMBER,
        "messages": NUMBER,
        "people": _each(name=TEXT, messages=NUMBER),
        "decisions": _each(seq=NUMBER, author=TEXT, text=TEXT),
        "entities": _each(type=TEXT, value=TEXT, label=TEXT, count=NUMBER),
    },
    "required": ["summary", "first_seq", "last_seq", "messages", "people", "decisions", "entities"],
}
