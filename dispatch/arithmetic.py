"""Sums in messages: computed in decimals, and refused as soon as they grow past what a person reads.

Numbers are handed to simpleeval as names (`n0 * n1`), so that no literal, string, attribute or index can occur in what
it evaluates, and 0.1 is never a binary fraction.
"""

import ast
import math
import operator
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, localcontext
from typing import Any, Final

from simpleeval import InvalidExpression, NumberTooHigh, SimpleEval  # type: ignore[import-untyped]

from dispatch import notation
from dispatch.notation import LONGEST, MOST_TOKENS, Sum

PRECISION: Final = Context(prec=50, Emax=999, Emin=-999, traps=[Overflow, DivisionByZero, InvalidOperation])
SHOWN_DIGITS: Final = 15
PLAIN_DIGITS: Final = 40
HIGHEST_FACTORIAL: Final = 100

TOO_BIG: Final = "That number is too large for me to work out."
TOO_LONG: Final = f"That sum is too long for me: I take up to {LONGEST} characters and {MOST_TOKENS} numbers and signs."
BY_ZERO: Final = "There is no answer to that: nothing can be divided by zero."
NO_ANSWER: Final = "There is no answer to that among the real numbers."


def answer(text: str) -> str | None:
    """What a sum comes to, or why it comes to nothing; None when `text` is no sum."""
    found = notation.read(text)
    if notation.is_endless(text) or (found and len(found.tokens) > MOST_TOKENS):
        return TOO_LONG
    return _solved(found) if found else None


def _solved(found: Sum) -> str | None:
    try:
        return _computed(found)
    except (NumberTooHigh, Overflow):
        return TOO_BIG
    except ZeroDivisionError:
        return BY_ZERO
    except InvalidOperation:
        return NO_ANSWER
    except (InvalidExpression, SyntaxError, TypeError):
        return None


def _computed(found: Sum) -> str:
    """:raises InvalidExpression, SyntaxError, TypeError: when the tokens are no sum."""
    names = {f"n{place}": token for place, token in enumerate(found.tokens) if isinstance(token, Decimal)}
    source = " ".join(f"n{place}" if f"n{place}" in names else str(token) for place, token in enumerate(found.tokens))
    tree = SimpleEval.parse(source)
    if not any(isinstance(node, ast.BinOp | ast.Call) for node in ast.walk(tree)):
        raise InvalidExpression("a number alone is no sum")
    with localcontext(PRECISION) as precision:
        value = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=names).eval(source, tree)
        if not value.is_finite():
            raise ZeroDivisionError
        number, cut = _readable(value)
        equals = "is about" if cut or precision.flags[Inexact] else "is" if found.shown.upper().isupper() else "="
    return f"{found.shown} {equals} {number}"


def _readable(value: Decimal) -> tuple[str, bool]:
    """As a person writes it, and whether digits were cut off."""
    if value == value.to_integral_value() and value.adjusted() < PLAIN_DIGITS:
        return _digits(value), False
    with localcontext(prec=SHOWN_DIGITS):
        short = +value
    return _digits(short), short != value


def _digits(value: Decimal) -> str:
    if value == 0:
        return "0"
    if -7 <= value.adjusted() < PLAIN_DIGITS:
        whole = f"{value:f}"
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    mantissa, _, exponent = f"{value.normalize():E}".partition("E")
    return f"{mantissa} * 10^{int(exponent)}"


def _divide(left: Decimal, right: Decimal) -> Decimal:
    if right == 0:
        raise ZeroDivisionError
    return left / right


def _remainder(left: Decimal, right: Decimal) -> Decimal:
    """With the sign of the divisor, as in mathematics; Decimal's own has that of the dividend."""
    if right == 0:
        raise ZeroDivisionError
    rest = left % right
    return rest + right if rest and (rest < 0) != (right < 0) else rest


def _factorial(number: Decimal) -> Decimal:
    if number > HIGHEST_FACTORIAL:
        raise NumberTooHigh("factorial")
    if number < 0 or number != number.to_integral_value():
        raise InvalidOperation
    return Decimal(math.factorial(int(number)))


OPERATORS: Final[dict[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.Mod: _remainder,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: Final[dict[str, Callable[[Decimal], Decimal]]] = {
    "sqrt": Decimal.sqrt,
    "abs": abs,
    "factorial": _factorial,
}
