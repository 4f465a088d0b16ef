"""The filter `injection`: texts that tell a model to forget its orders, to be somebody else, or to hand out secrets.

Hardly any phrase is proof: "from now on" is said by everybody. Each signature has a weight, how sure it is alone, and
those met add up as witnesses who know nothing of each other: 1 - (1-a)(1-b). Long texts are read in windows, so that
a manual does not add up by its length, and padding hides nothing. How weights were chosen: docs/screening.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

from security import quotations, screening
from security.matchview import View
from security.material import Material
from security.screening import Action, Finding
from security.signatures import Pack, Signature

PACK: Final = Pack("injection")
WINDOW: Final = 4000  # characters, about twice a typical jailbreak
OVERLAP: Final = 500
FLAG: Final = 0.58
BLOCK: Final = 0.97  # leaves a sixth of the doubt that the worst benign text of the labelled data leaves
KINDS_TO_BLOCK: Final = 2  # one kind of attack alone, however often, may be an article about it
QUOTED: Final = 0.5  # of a weight
PUBLIC: Final = "It reads like an attempt to override this assistant's instructions."

# The manner of who writes rules for a machine: how often words are said in a window, and what that weighs.
YOU: Final = ("you will", "you are", "you should", "you must", "you don't", "you do not", "you can't", "you never")
TALK: Final = ("respon", "answer", "repl", "prompt", "question", " say", "instruction")
MANNER: Final[tuple[tuple[tuple[str, ...], tuple[tuple[int, float], ...]], ...]] = (
    (YOU, ((4, 0.25), (7, 0.45), (12, 0.6))),
    (TALK, ((4, 0.2), (7, 0.45))),
    (("never", "always"), ((6, 0.3),)),
    (("chatgpt",), ((4, 0.3),)),
    (("q: ", "question: "), ((4, 0.55),)),
    (("assistant:", "chatgpt:", "bot:", "ai:"), ((3, 0.4),)),
)
MOST_OF_MANNER: Final = 0.55  # too little to flag by itself: manuals and licences are written like that too


@dataclass(frozen=True)
class Window:
    """A stretch of a view, and what it adds up to."""

    view: View
    start: int
    text: str
    met: list[Signature]
    score: float


@screening.register("injection", deadline=0.2)
def injection(material: Material) -> Iterator[Finding]:
    """At most one: the gravest window, and of those that are blocked if any is, told at its weightiest signature."""
    grave = [one for view in material.views for one in windows(view) if one.score >= FLAG]
    if not grave:
        return
    plain = [one for one in grave if _is_plain(one)]
    window = max(plain or grave, key=lambda one: one.score)
    rule, span = _weightiest(window)
    if plain:
        yield Finding(rule, span, "high", window.score, Action.BLOCK, public=PUBLIC)
    else:
        yield Finding(rule, span, "medium", window.score, Action.FLAG)


def windows(view: View) -> Iterator[Window]:
    for start in range(0, max(len(view.text) - OVERLAP, 1), WINDOW - OVERLAP):
        text = view.text[start : start + WINDOW]
        met = PACK.met(text)
        yield Window(view, start, text, met, _score([one.weight for one in met], text))


def _score(weights: Iterable[float], text: str) -> float:
    doubt = prod(1 - weight for weight in weights) * max(1 - MOST_OF_MANNER, _doubt_of_manner(text.lower()))
    return 1 - doubt


def _is_plain(window: Window) -> bool:
    """So that it is blocked."""
    kinds = {one.more["kind"] for one in window.met}
    plain = window.score >= BLOCK and len(kinds) >= KINDS_TO_BLOCK
    return window.score == 1 or (plain and _unquoted_score(window) >= BLOCK)


def _unquoted_score(window: Window) -> float:
    """As the score; of a text that quotes some of it, words count once, and half where they are only quoted."""
    outside = quotations.without(window.text)
    said = window.met if outside == window.text else PACK.met(outside)
    if all(one in said for one in window.met):
        return window.score
    weights, seen = list[float](), list[tuple[int, int]]()
    for one in sorted(window.met, key=lambda one: -one.weight):
        start, end = one.alone.search(window.text).span()
        if not any(start < last and first < end for first, last in seen):
            seen.append((start, end))
            weights.append(one.weight if one in said else one.weight * QUOTED)
    return _score(weights, window.text)


def _doubt_of_manner(text: str) -> float:
    doubt = 1.0
    for words, steps in MANNER:
        often = sum(map(text.count, words))
        doubt *= 1 - max((weight for least, weight in steps if often >= least), default=0.0)
    return doubt


def _weightiest(window: Window) -> tuple[str, tuple[int, int]]:
    """Its name and place. There is one: manner alone flags nothing."""
    signature = max(window.met, key=lambda one: one.weight)
    start, end = signature.alone.search(window.text).span()
    return signature.name, window.view.origin(window.start + start, window.start + end)
