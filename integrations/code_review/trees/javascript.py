"""Our rules on JavaScript and JSX."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import tree_sitter_javascript

from integrations.code_review.trees import walking
from integrations.code_review.trees.rules import (
    Node,
    Rule,
    Spot,
    after_the_end,
    register,
    repeated,
    same,
    statements,
    text,
)

RULES: Final[dict[str, Rule]] = {}
rule = partial(register, RULES)

COMPARISONS: Final = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">="})
TYPES: Final = frozenset({"undefined", "object", "boolean", "number", "bigint", "string", "symbol", "function"})
ENDS: Final = frozenset({"return_statement", "throw_statement", "break_statement", "continue_statement"})
HOISTED: Final = frozenset({"function_declaration", "generator_function_declaration", "empty_statement"})
LITERALS: Final = frozenset({"string", "number", "true", "false", "null", "undefined"})
MARKUP: Final = frozenset({"innerHTML", "outerHTML"})


def spots(code: bytes) -> Iterator[Spot]:
    return walking.spots(tree_sitter_javascript.language(), RULES.values(), "js", code)


@rule("js/eval", "error", "call_expression", "new_expression", suggestion="Parse the data, or pass a function")
def runs_text(node: Node) -> Node | None:
    """Text is run as code: whoever can change the text can run anything."""
    called = text(node.child_by_field_name("function") or node.child_by_field_name("constructor"))
    if called in ("eval", "window.eval", "globalThis.eval", "Function"):
        return node
    timers = ("setTimeout", "setInterval", "window.setTimeout", "window.setInterval")
    first = _first(node)
    return node if called in timers and first is not None and first.type in ("string", "template_string") else None


@rule("js/inner-html", "warning", "assignment_expression", "augmented_assignment_expression",
      suggestion="Set textContent, or clean the markup first")  # fmt: skip
def writes_markup(node: Node) -> Node | None:
    """A value becomes markup of the page: what is in it can run as script."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or left.type != "member_expression":
        return None
    return node if text(left.child_by_field_name("property")) in MARKUP and not _is_fixed(right) else None


@rule("js/document-write", "warning", "call_expression", suggestion="Create elements, and set their textContent")
def writes_document(node: Node) -> Node | None:
    """A value becomes markup of the page: what is in it can run as script."""
    called, first = text(node.child_by_field_name("function")), _first(node)
    return node if called in ("document.write", "document.writeln") and first and not _is_fixed(first) else None


@rule(
    "js/assign-in-condition", "error", "if_statement", "while_statement", "do_statement", suggestion="Compare with ==="
)
def assigns_in_condition(node: Node) -> Node | None:
    """A condition assigns where it should compare. In a second pair of parentheses it is taken as meant."""
    inside = statements(condition) if (condition := node.child_by_field_name("condition")) else []
    return inside[0] if inside and inside[0].type == "assignment_expression" else None


@rule("js/compare-nan", "error", "binary_expression", suggestion="Use Number.isNaN")
def compares_nan(node: Node) -> Node | None:
    """Nothing equals NaN, not even NaN."""
    left, operator, right = _parts(node)
    return node if operator in COMPARISONS and {left, right} & {"NaN", "Number.NaN"} else None


@rule("js/typeof-value", "error", "binary_expression")
def compares_type(node: Node) -> Node | None:
    """`typeof` never gives this."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    _, operator, value = _parts(node)
    if left is None or right is None or right.type != "string" or operator not in ("==", "===", "!=", "!=="):
        return None
    return (
        right
        if left.type == "unary_expression" and text(left).startswith("typeof") and value[1:-1] not in TYPES
        else None
    )


@rule("js/self-compare", "warning", "binary_expression")
def compares_itself(node: Node) -> Node | None:
    """Both sides are the same."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    return node if _parts(node)[1] in COMPARISONS | {"&&", "||"} and same(left, right) else None


@rule("js/self-assign", "warning", "assignment_expression")
def assigns_itself(node: Node) -> Node | None:
    """It is assigned to itself."""
    return node if same(node.child_by_field_name("left"), node.child_by_field_name("right")) else None


@rule("js/duplicate-key", "error", "object")
def repeats_key(node: Node) -> Node | None:
    """The object has this key already: the first value is lost."""
    keys = [pair.child_by_field_name("key") for pair in node.named_children if pair.type == "pair"]
    return repeated([key for key in keys if key is not None and key.type != "computed_property_name"])


@rule("js/duplicate-case", "error", "switch_body")
def repeats_case(node: Node) -> Node | None:
    """There is such a case already: this one is never reached."""
    return repeated([one.child_by_field_name("value") for one in node.named_children if one.type == "switch_case"])


@rule("js/unreachable", "warning", "statement_block", "program")
def is_unreachable(node: Node) -> Node | None:
    """No way leads to this: what stands before it leaves."""
    return after_the_end(node, ENDS, HOISTED)


@rule("js/empty-catch", "warning", "catch_clause", suggestion="Handle it, or say in a comment why not")
def catches_silently(node: Node) -> Node | None:
    """An error is caught and forgotten."""
    body = node.child_by_field_name("body")
    return node if body is not None and not body.named_children else None


@rule("js/debugger", "warning", "debugger_statement")
def stops(node: Node) -> Node | None:
    """It stops where a debugger is open."""
    return node


@rule("js/async-foreach", "warning", "call_expression", suggestion="Use for...of, or Promise.all over map")
def forgets_promises(node: Node) -> Node | None:
    """`forEach` does not wait for an async function, and its errors are lost."""
    called, first = node.child_by_field_name("function"), _first(node)
    is_each = called is not None and text(called.child_by_field_name("property")) == "forEach"
    is_async = first is not None and any(child.type == "async" for child in first.children)
    return node if is_each and is_async else None


def _parts(node: Node) -> tuple[str, str, str]:
    left, operator, right = (text(node.child_by_field_name(name)) for name in ("left", "operator", "right"))
    return left, operator, right


def _first(node: Node) -> Node | None:
    given = node.child_by_field_name("arguments")
    inside = statements(given) if given is not None else []
    return inside[0] if inside else None


def _is_fixed(node: Node) -> bool:
    """Written out: nothing comes into it from elsewhere."""
    holes = node.type == "template_string" and any(part.type == "template_substitution" for part in node.children)
    return node.type in LITERALS or (node.type == "template_string" and not holes)
