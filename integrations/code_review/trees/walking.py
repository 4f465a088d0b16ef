"""Code as a tree, and every rule on every node of it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from tree_sitter import Language, Parser

from integrations.code_review.trees.rules import Rule, Spot

MOST_ERRORS: Final = 10  # after some, a parser that has lost its way says nothing


def spots(grammar: object, rules: Iterable[Rule], prefix: str, code: bytes) -> Iterator[Spot]:
    """What is wrong, as written. In what could not be parsed no rule looks."""
    by_type: dict[str, list[Rule]] = {}
    for rule in rules:
        for type in rule.types:
            by_type.setdefault(type, []).append(rule)
    errors = 0
    for node in _sound(Parser(Language(grammar)).parse(code).root_node):
        if node.is_error or node.is_missing:
            errors += 1
            if errors <= MOST_ERRORS:
                yield _syntax(node, f"{prefix}/syntax")
        for rule in by_type.get(node.type, ()):
            if (found := rule.check(node)) is not None:
                yield rule.spot(found)


def _sound(root: Any) -> Iterator[Any]:
    left = [root]
    while left:
        node = left.pop()
        yield node
        if not node.is_error:
            left.extend(reversed(node.children))


def _syntax(node: Any, rule: str) -> Spot:
    if node.is_missing:
        row, before = node.start_point
        return Spot(row + 1, rule, "error", f"`{node.type}` is missing here.", before)
    row, before = _lost(node).start_point
    return Spot(row + 1, rule, "error", "This cannot be parsed.", before)


def _lost(node: Any) -> Any:
    """Where in what could not be parsed the parser was lost: the first that it skipped, else where it begins."""
    left = [node]
    while left:
        inner = left.pop()
        if inner is not node and inner.is_error:
            return inner
        left.extend(reversed(inner.children))
    return node
