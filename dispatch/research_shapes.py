"""What the expert `research` takes and gives, as JSON Schema."""

from typing import Any, Final

USUAL: Final = 5
TIME: Final = {
    "type": "string",
    "maxLength": 40,
    "description": "A day, or a time with its zone; without one it is UTC.",
}
INPUT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "What is looked for: a question, or words."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 20, "description": f"Hits at most; {USUAL} if left out."},
        "since": TIME,
        "until": TIME,
        "conversation": {"type": "string", "description": "The id of the only conversation that is searched."},
    },
    "required": ["text"],
}
HIT: Final[dict[str, Any]] = {
    "message": {"type": "string"},
    "conversation": {"type": "string"},
    "title": {"type": "string"},
    "author": {"type": "string"},
    "created_at": {"type": "string"},
    "quote": {"type": "string"},
    "score": {"type": "number"},
    "terms": {"type": "array", "items": {"type": "string"}},
    "link": {"type": "string"},
}
OUTPUT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "hits": {"type": "array", "items": {"type": "object", "properties": HIT, "required": list(HIT)}},
        "searched": {"type": "integer", "description": "Messages in the conversations that were searched."},
    },
    "required": ["hits", "searched"],
}
