"""What a far side says of a task over HTTP, at once or by callback: one JSON object, whose `state` says which.

docs/experts.md has the same in words. Fields that are not known are left alone: a newer far side may say more.
"""

from collections.abc import Callable
from typing import Any, Final

from integrations.contract import (
    Definition,
    Failure,
    Later,
    Progress,
    Question,
    Rejection,
    Result,
    Schema,
    SignIn,
    Skill,
    Update,
)
from project import schemas

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": ["number", "null"], "minimum": 0}
STATES: Final = ("completed", "failed", "rejected", "input_required", "auth_required", "working")
ANSWER: Final = schemas.read(
    {
        "type": "object",
        "properties": {
            "state": {"enum": list(STATES), "description": "How it stands with the task."},
            "output": {"description": "Of completed: fits the skill's schema."},
            "text": {**TEXT, "description": "What people read: the result, the progress, where to sign in."},
            "artifacts": {"type": "array", "maxItems": 100, "items": {"type": "object"}},
            "prompt": {**TEXT, "minLength": 1, "description": "Of input_required: the question."},
            "schema": {"type": "object", "description": "Of input_required: JSON Schema of the answer."},
            "known": {"type": "object", "maxProperties": 100, "additionalProperties": {**TEXT, "maxLength": 200}},
            "reason": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$", "description": "Of failed: a code."},
            "detail": {**TEXT, "description": "Of failed and rejected: why, in words."},
            "retry_after": {**COUNT, "description": "Of failed: seconds until another attempt may help."},
            "progress": {**COUNT, "maximum": 1, "description": "Of working."},
            "poll_after": {**COUNT, "description": "Of working: seconds until it is asked; without, it calls back."},
            "task": {**TEXT, "maxLength": 200, "description": "What the far side calls the task."},
        },
        "required": ["state"],
        "if": {"properties": {"state": {"const": "input_required"}}, "required": ["state"]},
        "then": {"required": ["prompt"]},
    }
)
DEFINITION: Final = schemas.read(
    {
        "type": "object",
        "properties": {
            "name": {**TEXT, "minLength": 1, "maxLength": 100},
            "description": {**TEXT, "maxLength": 4000},
            "skills": {
                "type": "array",
                "maxItems": 100,
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {**TEXT, "minLength": 1, "maxLength": 100},
                        "description": TEXT,
                        "input": {"type": "object"},
                        "output": {"type": "object"},
                    },
                    "required": ["name"],
                },
            },
        },
        "required": ["name", "skills"],
    }
)


def updates(said: dict[str, Any]) -> list[Update]:
    """In the words of the contract. `said`: what fits `ANSWER`."""
    return READERS[said["state"]](said)


def definition(said: dict[str, Any]) -> Definition:
    """`said`: what fits `DEFINITION`."""
    return Definition(said["name"], said.get("description", ""), tuple(map(Skill.read, said["skills"])))


def _completed(said: dict[str, Any]) -> list[Update]:
    return [Result(said.get("output"), said.get("text", ""), tuple(said.get("artifacts", ())))]


def _failed(said: dict[str, Any]) -> list[Update]:
    return [Failure(said.get("reason", "expert_failed"), said.get("detail", ""), said.get("retry_after"))]


def _rejected(said: dict[str, Any]) -> list[Update]:
    return [Rejection(said.get("detail", ""))]


def _asking(said: dict[str, Any]) -> list[Update]:
    return [Question(said["prompt"], said.get("schema", {}), said.get("known", {}))]


def _signing_in(said: dict[str, Any]) -> list[Update]:
    return [SignIn(said.get("text", ""))]


def _working(said: dict[str, Any]) -> list[Update]:
    later = Later(said.get("task", ""), said.get("poll_after"))
    if said.get("progress") is None and not said.get("text"):
        return [later]
    return [Progress(said.get("progress"), said.get("text", "")), later]


READERS: Final[dict[str, Callable[[dict[str, Any]], list[Update]]]] = dict(
    zip(STATES, (_completed, _failed, _rejected, _asking, _signing_in, _working), strict=True)
)
