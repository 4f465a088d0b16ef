"""Secrets: keys and tokens by their form, and what is assigned to a password. What only looks like one is let through.

They are masked for everybody; the text as sent stays with the message.
"""

from collections.abc import Iterator
from typing import Any, Final

from security import placeholders, screening
from security.matchview import View
from security.material import Material, Stage
from security.screening import Action, Finding
from security.signatures import Pack, Signature

PACK: Final = Pack("secrets")


@screening.register("secrets", deadline=0.2, stages=Stage)
def secrets(material: Material) -> Iterator[Finding]:
    seen = set[tuple[int, int]]()
    for view in material.views:
        for signature, match in PACK.every(view):
            span = _secret(signature, match, view)
            if span and span not in seen:
                seen.add(span)
                mask = f"[secret: {signature.more['title']}]"
                yield Finding(signature.name, span, "high", signature.weight, Action.REDACT, mask)


def _secret(signature: Signature, match: Any, view: View) -> tuple[int, int] | None:
    """Where the secret stands; None for what only looks like one."""
    group = 1 if match.re.groups else 0
    value, more = match[group].rstrip(".,;:!?") if group else match[group], signature.more
    if len(value) < more.get("least", 0) or (more.get("guess") and not placeholders.looks_drawn(value)):
        return None
    if not placeholders.CHECKS[more.get("check", "usual")](value):
        return None
    start, end = match.span(group)
    behind, before = view.text[end : end + 1], view.text[max(start - 1, 0) : start]
    if more.get("check") == "assigned" and placeholders.is_code(value, before, behind):
        return None
    return view.origin(start, start + len(value))
