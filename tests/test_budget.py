"""The size budget of the code, and what no file of it may be named or hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from tests.modes import once

pytestmark = once

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("project", "dispatch", "contexts", "integrations", "security")
BANNED_NAMES = {"services.py", "utils.py", "helpers.py", "managers.py", "base.py"}
WRITTEN = {".py", ".md", ".html", ".txt", ".js", ".css", ".toml"}
NAMED_BY_DJANGO = {"project/postgres/base.py"}  # it looks for a database backend under this name alone
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f]")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_file_is_over_300_lines():
    assert over(300, file_sizes()) == []


def test_files_are_short_as_a_whole():
    sizes = file_sizes()

    assert median(filled_lines()) <= 60, longest(sizes)
    assert ninetieth(sizes) <= 160, longest(sizes)


def test_no_function_is_over_40_lines():
    assert over(40, function_sizes()) == []


def test_functions_are_short_as_a_whole():
    sizes = function_sizes()

    assert median(sizes.values()) <= 8, longest(sizes)
    assert ninetieth(sizes) <= 25, longest(sizes)


def test_no_function_takes_over_6_parameters():
    counts = {place: len(parameters(function)) for place, function in functions()}

    assert over(6, counts) == []


def test_no_file_is_named_after_nothing():
    found = {name(path) for path in sources() if path.name in BANNED_NAMES}

    assert found == NAMED_BY_DJANGO


def test_package_files_are_empty():
    assert [name(path) for path in all_sources() if path.name == "__init__.py" and path.read_text().strip()] == []


def test_nothing_written_holds_an_emoji():
    found = [
        f"{name(path)}:{number}"
        for path in written()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if EMOJI.search(line)
    ]

    assert found == []


def all_sources() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def sources() -> list[Path]:
    """Without the empty package files, which would flatter every average."""
    return [path for path in all_sources() if path.name != "__init__.py"]


def written() -> Iterator[Path]:
    for folder in (*PACKAGES, "tests", "templates", "docs"):
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in WRITTEN)
    yield from sorted(ROOT.glob("*.md"))


def file_sizes() -> dict[str, int]:
    return {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}


def filled_lines() -> list[int]:
    """Lines that are not blank: the formatter's two blank lines between functions would punish short ones."""
    return [sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines()) for path in sources()]


def functions() -> Iterator[tuple[str, Function]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{name(path)}:{node.lineno} {node.name}", node


def function_sizes() -> dict[str, int]:
    return {place: (function.end_lineno or function.lineno) - function.lineno + 1 for place, function in functions()}


def parameters(function: Function) -> list[str]:
    taken = function.args
    every = [*taken.posonlyargs, *taken.args, taken.vararg, *taken.kwonlyargs, taken.kwarg]
    return [argument.arg for argument in every if argument and argument.arg not in {"self", "cls"}]


def over(limit: int, sizes: dict[str, int]) -> list[str]:
    return [f"{place}: {size}, at most {limit}" for place, size in sizes.items() if size > limit]


def ninetieth(sizes: dict[str, int]) -> float:
    return quantiles(sizes.values(), n=10, method="inclusive")[-1]


def longest(sizes: dict[str, int]) -> str:
    ranked = sorted(sizes, key=lambda place: sizes[place], reverse=True)
    return "the longest: " + ", ".join(f"{place} ({sizes[place]})" for place in ranked[:20])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
