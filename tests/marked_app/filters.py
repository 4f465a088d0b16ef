"""A filter that does what a text says: HOLD ME, BLOCK ME, MASK ME, anywhere in it."""

from collections.abc import Iterator
from typing import Final

from security import screening
from security.material import Material
from security.screening import Action, Finding

MARKS: Final = {
    "HOLD ME": Finding("hold", (0, 0), "medium", action=Action.QUARANTINE),
    "BLOCK ME": Finding("block", (0, 0), "high", action=Action.BLOCK, public="Not in this house."),
    "MASK ME": Finding("mask", (0, 0), "high", action=Action.REDACT, mask="[masked]"),
}


@screening.register("marked")
def marked(material: Material) -> Iterator[Finding]:
    for mark, finding in MARKS.items():
        start = material.whole.find(mark)
        if start >= 0:
            yield Finding(**{**vars(finding), "span": (start, start + len(mark))})
