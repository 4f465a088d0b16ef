"""Rules on syntax trees: a name, the types of node that it looks at, and what it says of one.

A rule is a function of a node that returns the node to point at, or None where there is nothing wrong. Its docstring is
its message. It knows no types and no other file, so it says only what the tree alone shows.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final, Protocol

LONGEST: Final = 500  # bytes
CALLS: Final = frozenset({"call_expression", "new_expression", "await_expression", "yield_expression"})


class Node(Protocol):
    """What rules use of a node of tree-sitter."""

    type: str
    start_point: Any
    end_point: Any
    start_byte: int
    end_byte: int
    is_named: bool
    is_missing: bool
    is_error: bool
    has_error: bool
    children: "list[Any]"
    named_children: "list[Any]"
    parent: "Any | None"
    text: bytes | None

    def child_by_field_name(self, name: str, /) -> "Any | None": ...


@dataclass(frozen=True)
class Spot:
    """`before`: bytes of the line that stand before it."""

    line: int
    rule: str
    severity: str
    message: str
    before: int | None = None
    end_line: int | None = None
    suggestion: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Check = Callable[[Any], "Node | None"]


@dataclass(frozen=True)
class Rule:
    name: str
    severity: str
    types: frozenset[str]
    check: Check
    suggestion: str

    @property
    def message(self) -> str:
        return " ".join((inspect.getdoc(self.check) or "").split())

    def spot(self, node: Node) -> Spot:
        (row, before), (last, _) = node.start_point, node.end_point
        return Spot(row + 1, self.name, self.severity, self.message, before, last + 1, self.suggestion)


def register(
    rules: dict[str, Rule], name: str, severity: str, *types: str, suggestion: str = ""
) -> Callable[[Check], Check]:
    """:raises ValueError: for a name that is taken."""

    def add(check: Check) -> Check:
        if name in rules:
            raise ValueError(f"there are two rules named {name}")
        rules[name] = Rule(name, severity, frozenset(types), check, suggestion)
        return check

    return add


def text(node: "Node | None") -> str:
    """As written; "" of what is too long to be a name or a key: long chains are not read again at each link."""
    if node is None or node.end_byte - node.start_byte > LONGEST:
        return ""
    return (node.text or b"").decode("utf-8", "replace")


def same(one: "Node | None", other: "Node | None") -> bool:
    """Whether both are written the same, and calling nothing, so that they are the same."""
    if one is None or other is None or text(one) != text(other) or not text(one):
        return False
    return not any(node.type in CALLS for node in below(one))


def below(node: "Node | None") -> Iterator[Any]:
    """It and all that it holds, as written. No recursion: code may be nested as deeply as it likes."""
    left: list[Any] = [node] if node is not None else []
    while left:
        node = left.pop()
        yield node
        left.extend(reversed(node.children))


def above(node: Node) -> Iterator[Any]:
    """What holds it, from the inside out."""
    holder = node.parent
    while holder is not None:
        yield holder
        holder = holder.parent


def statements(node: Node) -> list[Any]:
    return [child for child in node.named_children if child.type != "comment"]


def after_the_end(node: Node, ends: frozenset[str], harmless: frozenset[str]) -> "Node | None":
    """The first statement of a block that no way leads to."""
    inside = statements(node)
    for before, statement in pairwise(inside):
        if before.type in ends and statement.type not in harmless:
            return statement  # type: ignore[no-any-return]
    return None


def repeated(nodes: "list[Any]") -> "Node | None":
    """The first that is written like one before it."""
    seen: set[str] = set()
    for node in nodes:
        if (written := text(node)) in seen - {""}:
            return node  # type: ignore[no-any-return]
        seen.add(written)
    return None
