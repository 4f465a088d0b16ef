"""The expert `code_review`: static analysis of code that somebody sent. The code is read and never run."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Final

from integrations import python_experts
from integrations.code_review import words
from integrations.code_review.analysers import OF, Analyser, Report, analyse
from integrations.code_review.pieces import Piece, find
from integrations.code_review.schemas import INPUT, OUTPUT
from integrations.code_review.tools import Tools
from integrations.contract import Progress, Skill, Task, Unwell, Update

LONGEST_RUN: Final = 30.0  # seconds, of one analyser on one piece
LEFT_OVER: Final = 3.0  # seconds of the task's time in which no analyser is started: what was found is told
SKILL: Final = Skill("review", "Finds defects in code by static analysis, with line, rule and severity.", INPUT, OUTPUT)


@python_experts.register("code_review", "Code review", (SKILL,), timeout=120, shipped=True)
class CodeReview:
    """Static analysis of the code in a message and of files: Python by ruff and bandit, shell by ShellCheck,
    JavaScript and Go by rules of its own on their syntax trees, and whether JSON, YAML and TOML can be read.
    It never runs the code, asks nobody, and understands nothing: it finds what its rules name, no more.
    """

    def __init__(self, tools: Tools | None = None) -> None:
        self._tools = tools or Tools.installed()

    async def start(self, task: Task) -> AsyncGenerator[Update, None]:
        found = find(task)
        works = [(piece, analyser) for piece in found.pieces for analyser in OF[piece.language]]
        reports: list[tuple[Piece, Analyser, Report]] = []
        for done, (piece, analyser) in enumerate(works):
            yield Progress(done / len(works), f"{analyser.name} reads {piece.file}.")
            reports.append((piece, analyser, await self._report(piece, analyser, task)))
        yield words.result(found, reports)

    async def health(self) -> None:
        """One that lacks some of its analysers can do the rest, and says in each review what it has not done."""
        if self._tools == Tools():
            raise Unwell("None of its analysers is installed: install what requirements.txt names.")

    async def _report(self, piece: Piece, analyser: Analyser, task: Task) -> Report:
        left = (task.deadline - datetime.now(UTC)).total_seconds() - LEFT_OVER
        if left <= 0:
            return Report(gap=f"{piece.file}: the time was over before {analyser.name} has seen it.")
        return await analyse(analyser, piece, self._tools, min(left, LONGEST_RUN))
