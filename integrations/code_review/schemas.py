"""What `code_review` takes, and what it gives."""

from typing import Any, Final

from integrations.code_review.findings import SEVERITIES


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _number(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


LANGUAGE: Final = _text("Of what has no tag, no ending and no shebang.")
FILE: Final = _object({"name": _text("Its last part is shown."), "text": _text(""), "language": LANGUAGE}, "language")
INPUT: Final[dict[str, Any]] = {
    **_object(
        {
            "text": _text("Markdown with fenced blocks of code, or code alone."),
            "language": LANGUAGE,
            "files": _list(FILE),
        },
        *("text", "language", "files"),
    ),
    "anyOf": [{"required": ["text"]}, {"required": ["files"]}],
}
FINDING: Final = _object(
    {
        "file": _text("The name of a file, `block N` of the text, or `text`."),
        "language": _text(""),
        "line": _number("From 1, within the file or block."),
        "end_line": _number("The last of several lines."),
        "column": _number("From 1, in characters."),
        "rule": _text("Its name, as its analyser documents it."),
        "severity": {"type": "string", "enum": list(SEVERITIES)},
        "message": _text(""),
        "suggestion": _text("What would mend it, where the analyser knows."),
        "analyser": _text(""),
    },
    *("end_line", "column", "suggestion"),
)
REVIEWED: Final = _object(
    {
        "file": _text(""),
        "language": _text(""),
        "lines": _number(""),
        "begins": _number("The line of the text at which a block begins."),
        "analysers": _list(_text("Those that have seen it.")),
    },
    "begins",
)
OUTPUT: Final[dict[str, Any]] = _object(
    {
        "files": _list(REVIEWED),
        "findings": _list(FINDING),
        "counts": _object({severity: _number("") for severity in SEVERITIES}),
        "more": _number("Findings that are counted and not listed."),
        "notes": _list(_text("What was not reviewed, and why.")),
        "method": _text("How it was reviewed."),
    }
)
