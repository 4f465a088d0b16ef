"""Experts whose words and findings have to be shown: forms, tables, quotes. Their rows are made by the tests."""

import json
from collections.abc import AsyncIterator
from typing import Any

from integrations import python_experts
from integrations.contract import Progress, Question, Result, SignIn, Skill, Task, Update

FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 3, "title": "Your name"},
        "size": {"enum": ["small", "large"], "description": "Of the box."},
        "fragile": {"type": "boolean"},
        "count": {"type": "integer", "minimum": 1},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "size", "count"],
}
MARKUP = "<img src=x onerror='window.harmed = true'>"
WORST = {"file": "a.py", "line": 3, "rule": "S307", "severity": "high", "suggestion": "Parse it."}
LEAST = {"file": "a.py", "line": 9, "rule": "F401", "severity": "low", "suggestion": ""}
FINDINGS = [{**WORST, "message": f"eval {MARKUP}"}, {**LEAST, "message": "An import is not used."}]


@python_experts.register("surveyor", "Surveyor", (Skill("survey", "Asks for many things."),))
class Surveyor:
    """Asks by a whole form, and repeats what it was told."""

    async def start(self, task: Task) -> AsyncIterator[Update]:
        yield Question("What is to be sent?", FORM, {"name": "sender"})

    async def resume(self, task: Task, answer: Any) -> AsyncIterator[Update]:
        yield Result(answer)


@python_experts.register("stranger", "Stranger", (Skill("greet", "Wants to be known."),))
class Stranger:
    """Goes on once somebody has signed in elsewhere."""

    async def start(self, task: Task) -> AsyncIterator[Update]:
        yield SignIn("Sign in at https://example.org/ first.")

    async def resume(self, task: Task, answer: Any) -> AsyncIterator[Update]:
        yield Result(None, "Now we know each other.")


@python_experts.register("reviewer", "Reviewer", (Skill("review", "Finds the same in all code."), Skill("praise")))
class Reviewer:
    """Finds what it was made to find."""

    async def start(self, task: Task) -> AsyncIterator[Update]:
        yield Progress(0.25, f"It reads {MARKUP}")
        found = FINDINGS if task.skill == "review" else []
        yield Result({"findings": found, "method": "It only looks."}, "It is read.\n\nAll of it.")


@python_experts.register("finder", "Finder", (Skill("find", "Finds the message that it is told."),))
class Finder:
    """Takes a hit as JSON, and quotes it."""

    async def start(self, task: Task) -> AsyncIterator[Update]:
        yield Result({"hits": [json.loads(task.input["text"])]}, "One was found.")
