"""The filter `injection`: texts that tell the model to forget its orders, to be somebody else, or to hand out its secrets.

Hardly any phrase is proof: "from now on" is said by everybody. Each signature met has a weight, how sure it is alone, and
they add up as independent witnesses do: 1 - (1-a)(1-b)... Long texts are read in windows, so that a manual does not add
up by its length, nor does a page of padding hide anything. How weights were chosen: docs/screening.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

from project import patterns
from security import screening
from security.material import Material
from security.matchview import View
from security.screening import Action, Finding
from security.signatures import Pack, Signature

PACK: Final = Pack("injection")
WINDOW: Final = 4000  # characters, about twice a typical jailbreak
OVERLAP: Final = 500
FLAG: Final = 0.56
BLOCK: Final = 0.97  # 1 - 0.97 is a fifth of what the worst benign text of the labelled data leaves
KINDS_TO_BLOCK: Final = 2  # one kind alone, however often, may be an article about it
MOST_COUNTED: Final = 0.4  # of doubt is left by counting alone: manuals and licences are written in that manner, too
FEWEST: Final = 30  # characters of a window in which it is worth counting
PUBLIC: Final = "It reads like an attempt to override this assistant's instructions."

# How often words are said in a window, and what that weighs from the third number on: the manner of one who writes rules.
YOU: Final = ("you will", "you are", "you should", "you must", "you don't", "you do not", "you can't", "you never")
TALK: Final = ("respon", "answer", "repl", "prompt", "question", " say", "instruction")
COUNTED: Final[dict[str, tuple[tuple[str, ...], tuple[tuple[int, float], ...]]]] = {
    "orders-to-you": (YOU, ((4, 0.25), (7, 0.45), (12, 0.6))),
    "always-and-never": (("never", "always"), ((6, 0.3),)),
    "talk-of-talking": (TALK, ((4, 0.2), (7, 0.45))),
    "chatgpt-again": (("chatgpt",), ((4, 0.3),)),
    "questions-and-answers": (("q: ", "question: "), ((4, 0.55),)),
    "turns": (("assistant:", "chatgpt:", "bot:", "ai:"), ((3, 0.4),)),
}


@dataclass(frozen=True)
class Window:
    """A stretch of a view, and what it adds up to."""

    view: View
    start: int
    text: str
    met: list[Signature]
    score: float


@screening.register("injection")
def injection(material: Material) -> Iterator[Finding]:
    """At most one: the gravest window, told at its weightiest signature."""
    window = max((one for view in material.views for one in _windows(view)), key=lambda one: one.score)
    if window.score >= FLAG:
        yield _finding(window)


def _windows(view: View) -> Iterator[Window]:
    for start in range(0, max(len(view.text) - OVERLAP, 1), WINDOW - OVERLAP):
        text = view.text[start : start + WINDOW]
        met = PACK.met(text)
        yield Window(view, start, text, met, _score(met, text))


def _score(met: list[Signature], text: str) -> float:
    doubt = prod(1 - one.weight for one in met)
    if len(text) >= FEWEST and 1 - doubt < 1:
        doubt *= max(MOST_COUNTED, prod(1 - weight for weight in _counted(text.lower())))
    return 1 - doubt


def _counted(text: str) -> Iterator[float]:
    for words, steps in COUNTED.values():
        often = sum(map(text.count, words))
        yield max((weight for least, weight in steps if often >= least), default=0.0)


def _finding(window: Window) -> Finding:
    kinds = {one.more["kind"] for one in window.met}
    sure = window.score >= BLOCK and (len(kinds) >= KINDS_TO_BLOCK or window.score == 1)
    rule, span = _weightiest(window)
    severity, action = ("high", Action.BLOCK) if sure else ("medium", Action.FLAG)
    return Finding(rule, span, severity, window.score, action, public=PUBLIC if sure else "")


def _weightiest(window: Window) -> tuple[str, tuple[int, int]]:
    """Its name and place; of a window that only counting made grave, all of it."""
    for signature in sorted(window.met, key=lambda one: -one.weight):
        found = patterns.compiled(signature.pattern).search(window.text)
        if found is not None:
            return signature.name, window.view.origin(window.start + found.start(), window.start + found.end())
    return "manner", window.view.origin(window.start, window.start + len(window.text))
