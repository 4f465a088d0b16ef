"""JSON, YAML and TOML: whether they can be read. YAML is followed by its events, so that no alias is ever expanded."""

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

import yaml

from integrations.code_review.trees.rules import Spot

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST: Final = 500  # brackets within each other: either loader takes the square of that


def of_json(code: bytes) -> Iterator[Spot]:
    text = code.decode()
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        yield _spot("json/syntax", error.msg, error.lineno, text, error.colno - 1)
    except RecursionError:
        yield _spot("json/depth", "It is nested too deeply for most readers", 1)


def of_yaml(code: bytes) -> Iterator[Spot]:
    text = code.decode()
    if _depth(text) > DEEPEST:
        yield _spot("yaml/depth", "It is nested too deeply for most readers", 1)
        return
    try:
        for _ in yaml.parse(text, Loader=LOADER):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield _spot("yaml/syntax", error.problem or "It cannot be read", mark.line + 1 if mark else 1)
    except yaml.YAMLError:
        yield _spot("yaml/syntax", "It holds what no YAML may hold", 1)
    except RecursionError:
        yield _spot("yaml/depth", "It is nested too deeply for most readers", 1)


def of_toml(code: bytes) -> Iterator[Spot]:
    try:
        tomllib.loads(code.decode())
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        found = re.search(r"line (\d+)", place)
        lines = code.count(b"\n") + 1
        yield _spot("toml/syntax", message, int(found[1]) if found else lines)
    except RecursionError:
        yield _spot("toml/depth", "It is nested too deeply for most readers", 1)


def _depth(text: str) -> int:
    """Of brackets, wherever they stand."""
    return max(accumulate((1 if mark in "[{" else -1 for mark in re.findall(r"[\[\]{}]", text)), initial=0))


def _spot(rule: str, message: str, line: int, text: str = "", characters: int = 0) -> Spot:
    lines = text.split("\n")
    before = lines[line - 1][:characters] if text and line <= len(lines) else ""
    return Spot(line, rule, "error", f"{message}.", before=len(before.encode()) if text else None)
