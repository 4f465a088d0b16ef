"""Programs that analyse a language: how each is asked, and how its answer is read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from integrations.code_review import bandit_rules, processes, ruff_rules, shell_rules, tree_rules
from integrations.code_review.findings import Finding
from integrations.code_review.pieces import Piece
from integrations.code_review.tools import Tools

Read = Callable[[bytes, Sequence[str]], Iterable[Finding]]


@dataclass(frozen=True)
class Analyser:
    """`name`: as people know it. `tool`: of `Tools`. `prepare`: what it is given of a text, line by line the same."""

    name: str
    tool: str
    arguments: Callable[[str], Sequence[str]]
    read: Read
    prepare: Callable[[str], str] = str


@dataclass(frozen=True)
class Report:
    """`seen`: it has read the code, to the end or not. `gap`: what this analyser did not do, and why."""

    findings: tuple[Finding, ...] = ()
    gap: str = ""
    seen: bool = False


OF: Final[dict[str, tuple[Analyser, ...]]] = {
    "python": (
        Analyser("ruff", "ruff", ruff_rules.arguments, ruff_rules.read),
        Analyser("bandit", "bandit", bandit_rules.arguments, bandit_rules.read),
    ),
    "shell": (Analyser("shellcheck", "shellcheck", shell_rules.arguments, shell_rules.read, shell_rules.prepare),),
    "javascript": (Analyser("tree-sitter", "javascript", lambda text: ("javascript",), tree_rules.read),),
    "go": (Analyser("tree-sitter", "go", lambda text: ("go",), tree_rules.read),),
    "json": (Analyser("parser", "notations", lambda text: ("json",), tree_rules.read),),
    "yaml": (Analyser("parser", "notations", lambda text: ("yaml",), tree_rules.read),),
    "toml": (Analyser("parser", "notations", lambda text: ("toml",), tree_rules.read),),
}


async def analyse(analyser: Analyser, piece: Piece, tools: Tools, seconds: float) -> Report:
    """One piece by one analyser. It never raises for what the code is."""
    tool = getattr(tools, analyser.tool)
    if not tool:
        return Report(gap=f"{piece.file}: {analyser.name} is not installed here, and has not seen it.")
    text = analyser.prepare(piece.text)
    command = [*tool, *analyser.arguments(text)]
    ran = await processes.run(command, text.encode("utf-8", "replace"), seconds)
    fault = ran.fault
    try:
        read = tuple(analyser.read(ran.out, piece.text.split("\n")))
    except (KeyError, TypeError, ValueError):
        fault, read = fault or "could not read it", ()
    found = tuple(_placed(one, piece, analyser) for one in read)
    if not fault:
        return Report(found, seen=True)
    sequel = "there may be more" if found else "what it would have found is not here"
    return Report(found, f"{piece.file}: {analyser.name} {fault}; {sequel}.", seen=bool(found))


def _placed(one: Finding, piece: Piece, analyser: Analyser) -> Finding:
    """In its file. What is missing at the end is missing from the last line."""
    name = one.analyser or analyser.name
    its = replace(one, file=piece.file, language=piece.language, analyser=name)
    if one.line > piece.lines:
        return replace(its, line=max(1, piece.lines), column=None, end_line=None)
    return replace(its, end_line=min(one.last_line, piece.lines))
