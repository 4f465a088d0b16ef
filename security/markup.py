"""The filter `markup`: code in a text that somebody's browser, database, shell or template might run.

It flags and never refuses. People write about code all day, and whoever shows or stores a text escapes it: that is the
defence, this is the note to staff that somebody tried.
"""

from collections.abc import Iterator
from typing import Final

from security import screening
from security.material import Material
from security.screening import Finding
from security.signatures import Pack

PACKS: Final = tuple(Pack(name) for name in ("sql", "markup", "code"))
MOST_FINDINGS: Final = 10


@screening.register("markup", deadline=0.2)
def markup(material: Material) -> Iterator[Finding]:
    """Each signature once, where it is met first: in what was sent, else in what that encodes."""
    found = dict[str, Finding]()
    for view in material.views:
        for pack in PACKS:
            for hit in pack.hits(view):
                name = hit.signature.name
                found.setdefault(name, Finding(name, hit.span, "medium", hit.signature.weight))
    yield from list(found.values())[:MOST_FINDINGS]
