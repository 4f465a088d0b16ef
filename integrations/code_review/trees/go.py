"""Our rules on Go."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import tree_sitter_go

from integrations.code_review.trees import walking
from integrations.code_review.trees.rules import (
    Node,
    Rule,
    Spot,
    above,
    after_the_end,
    below,
    register,
    repeated,
    same,
    statements,
    text,
)

RULES: Final[dict[str, Rule]] = {}
rule = partial(register, RULES)

COMPARISONS: Final = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||"})
ENDS: Final = frozenset({"return_statement", "break_statement", "continue_statement", "goto_statement"})
LABELED: Final = frozenset({"labeled_statement", "empty_statement"})
FUNCTIONS: Final = frozenset({"func_literal", "function_declaration", "method_declaration"})
QUERIES: Final = frozenset({"Query", "QueryRow", "QueryContext", "QueryRowContext", "Exec", "ExecContext"})
STRINGS: Final = frozenset({"interpreted_string_literal", "raw_string_literal"})


def spots(code: bytes) -> Iterator[Spot]:
    return walking.spots(tree_sitter_go.language(), RULES.values(), "go", code)


@rule("go/empty-error-check", "warning", "if_statement", suggestion="Return it, or say in a comment why not")
def forgets_error(node: Node) -> Node | None:
    """An error is looked for, and then nothing is done about it."""
    condition, then = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    is_check = condition is not None and text(condition).replace(" ", "") in ("err!=nil", "nil!=err")
    return node if is_check and then is not None and not then.named_children else None


@rule("go/defer-in-loop", "warning", "defer_statement", suggestion="Put the body of the loop into a function")
def defers_in_loop(node: Node) -> Node | None:
    """What is deferred in a loop is done when the function ends, not with each turn."""
    holders = (holder.type for holder in above(node))
    nearest = next((type for type in holders if type == "for_statement" or type in FUNCTIONS), "")
    return node if nearest == "for_statement" else None


@rule("go/self-compare", "warning", "binary_expression")
def compares_itself(node: Node) -> Node | None:
    """Both sides are the same."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    return node if text(node.child_by_field_name("operator")) in COMPARISONS and same(left, right) else None


@rule("go/self-assign", "warning", "assignment_statement")
def assigns_itself(node: Node) -> Node | None:
    """It is assigned to itself."""
    plain = text(node.child_by_field_name("operator")) == "="
    return node if plain and same(node.child_by_field_name("left"), node.child_by_field_name("right")) else None


@rule("go/unreachable", "warning", "block", "statement_list")
def is_unreachable(node: Node) -> Node | None:
    """No way leads to this: what stands before it leaves."""
    return after_the_end(node, ENDS, LABELED)


@rule("go/duplicate-case", "error", "expression_switch_statement")
def repeats_case(node: Node) -> Node | None:
    """There is such a case already: this one is never reached."""
    values = [one.child_by_field_name("value") for one in node.named_children if one.type == "expression_case"]
    return repeated([value for value in values if value is not None])


@rule("go/println-format", "error", "call_expression", suggestion="Use Printf")
def prints_verbs(node: Node) -> Node | None:
    """`Println` prints the verbs of a format as they are."""
    first = _given(node)[:1]
    is_format = bool(first) and first[0].type in STRINGS and any(verb in text(first[0]) for verb in ("%d", "%s", "%v"))
    return node if text(node.child_by_field_name("function")) in ("fmt.Println", "log.Println") and is_format else None


@rule("go/waitgroup-add", "error", "go_statement", suggestion="Call Add before the go statement")
def adds_too_late(node: Node) -> Node | None:
    """`Add` within the goroutine may come after `Wait`."""
    for inner in below(node):
        called = text(inner.child_by_field_name("function")) if inner.type == "call_expression" else ""
        if called.lower().endswith("wg.add") or called.lower().endswith("waitgroup.add"):
            return inner  # type: ignore[no-any-return]
    return None


@rule("go/sleep-unit", "error", "call_expression", suggestion="Multiply it by a unit, as time.Second")
def sleeps_nanoseconds(node: Node) -> Node | None:
    """A bare number is of nanoseconds."""
    given = _given(node)
    bare = len(given) == 1 and given[0].type == "int_literal" and text(given[0]) not in ("0", "1")
    return node if text(node.child_by_field_name("function")) == "time.Sleep" and bare else None


@rule("go/shell-command", "error", "call_expression", suggestion="Start the program itself, with its arguments apart")
def runs_shell(node: Node) -> Node | None:
    """A shell runs a text that is put together: what comes into it can run anything."""
    called, given = text(node.child_by_field_name("function")), _given(node)
    names = [text(one).strip('"`') for one in given]
    at = 1 if called == "exec.CommandContext" else 0
    shell = names[at : at + 2] in (["sh", "-c"], ["bash", "-c"], ["/bin/sh", "-c"], ["/bin/bash", "-c"])
    is_start = called in ("exec.Command", "exec.CommandContext")
    return node if is_start and shell and not all(one.type in STRINGS for one in given[at:]) else None


@rule("go/sql-text", "error", "call_expression", suggestion="Use placeholders, and give the values apart")
def joins_sql(node: Node) -> Node | None:
    """A query is put together as text: what comes into it can change it."""
    called = node.child_by_field_name("function")
    if called is None or text(called.child_by_field_name("field")) not in QUERIES:
        return None
    return node if any(_is_joined(one) for one in _given(node)[:2]) else None


@rule(
    "go/insecure-tls",
    "error",
    "keyed_element",
    suggestion="Verify, with a certificate authority of your own if need be",
)
def trusts_anyone(node: Node) -> Node | None:
    """Nobody checks whom it talks to."""
    return node if text(node).replace(" ", "") == "InsecureSkipVerify:true" else None


def _given(node: Node) -> "list[Node]":
    given = node.child_by_field_name("arguments")
    return statements(given) if given is not None else []


def _is_joined(node: Node) -> bool:
    if node.type == "call_expression":
        return text(node.child_by_field_name("function")) == "fmt.Sprintf"
    if node.type != "binary_expression":
        return False
    parts = [one for one in below(node) if not one.children and one.is_named]
    return any(one.type in ("identifier", "field_identifier") for one in parts)
