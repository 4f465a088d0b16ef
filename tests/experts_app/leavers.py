"""Experts whose code tries to end the process: where it is made, and where it is told of a cancel."""

from collections.abc import Iterator

from integrations import python_experts
from integrations.contract import Later, Result, Skill, Task, Update

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


@python_experts.register("unmade", "Unmade", (Skill("leave", "Ends the process.", TEXT),))
class Unmade:
    """Ends the process that makes it."""

    def __init__(self) -> None:
        raise SystemExit("no word of this reaches anybody")

    def start(self, task: Task) -> Iterator[Update]:
        yield Result(None)


@python_experts.register("leaver", "Leaver", (Skill("leave", "Ends the process when it is told of a cancel.", TEXT),))
class Leaver:
    """Ends the process that tells it of a cancel."""

    def start(self, task: Task) -> Iterator[Update]:
        yield Later()

    async def cancel(self, task: Task) -> None:
        raise SystemExit
