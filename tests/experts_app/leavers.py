"""Experts that try to end the process: where they are made, or told of a cancel. And one without end."""

from collections.abc import Iterator
from typing import Any

from integrations import python_experts
from integrations.contract import Handover, Later, Result, Skill, Task, Update

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


@python_experts.register("nagger", "Nagger", (Skill("nag", "Asks nobody, again and again.", TEXT),))
class Nagger:
    """Hands over to nobody, whatever it is told."""

    def start(self, task: Task) -> Iterator[Update]:
        yield Handover("nobody", {"text": "x"})

    def resume(self, task: Task, answer: Any) -> Iterator[Update]:
        yield Handover("nobody", {"text": "x"})
