"""The programs and libraries that analyse, as they are installed beside this Python. Nowhere else is looked."""

import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = str(Path(__file__).resolve().parent.parent.parent)
TREES: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "  # the folder of our packages, and no other
    "from integrations.code_review.trees import reading; reading.main()"
)
PYTHON: Final = (sys.executable, "-I", "-B", "-X", "utf8")


@dataclass(frozen=True)
class Tools:
    """The beginning of each command; empty for what is not installed."""

    ruff: tuple[str, ...] = ()
    bandit: tuple[str, ...] = ()
    shellcheck: tuple[str, ...] = ()
    javascript: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    notations: tuple[str, ...] = ()

    @classmethod
    def installed(cls) -> "Tools":
        return cls(
            ruff=_program("ruff"),
            bandit=_module("bandit", "-m", "bandit"),
            shellcheck=_program("shellcheck"),
            javascript=_grammar("tree_sitter_javascript"),
            go=_grammar("tree_sitter_go"),
            notations=_module("yaml", "-c", TREES, ROOT),
        )


def _program(name: str) -> tuple[str, ...]:
    found = Path(sysconfig.get_path("scripts"), name)
    return (str(found),) if found.is_file() else ()


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (*PYTHON, *arguments) if find_spec(name) else ()


def _grammar(name: str) -> tuple[str, ...]:
    return _module(name, "-c", TREES, ROOT) if find_spec("tree_sitter") else ()
