"""What a server sends, held against the document that clients are given: docs/asyncapi.json."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

ROOT = Path(__file__).resolve().parent.parent


def fitting(frame: dict[str, Any]) -> dict[str, Any]:
    """The same frame: an event, or the answer to an operation of a socket, as the document has it."""
    broken = best_match(_validator(frame["type"]).iter_errors(frame))
    assert broken is None, f"{broken.json_path}: {broken.message}\nis not what docs/asyncapi.json says, in {frame}"
    return frame


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/asyncapi.json").read_text(encoding="utf-8"))
    return found


@cache
def _validator(type: str) -> Any:
    components = document()["components"]
    assert type in components["messages"], f"docs/asyncapi.json knows no {type}; manage.py document_events writes it"
    return Draft202012Validator({**components["messages"][type]["payload"], "components": components})
