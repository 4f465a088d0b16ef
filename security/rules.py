"""The filter that follows staff's rules."""

from collections.abc import Iterator
from itertools import islice

from project import metrics
from security import rulebook, screening
from security.material import Material, Stage
from security.rulebook import Entry
from security.screening import Action, Finding


@screening.register("rules", deadline=0.2, stages=Stage, prepare=rulebook.read)
def rules(material: Material) -> Iterator[Finding]:
    for entry in material.rules:
        if entry.takes(material):
            yield from found(entry, material)


def found(entry: Entry, material: Material) -> Iterator[Finding]:
    """Where it is found first; for a redaction, everywhere."""
    if entry.matcher is None:
        yield _unread(entry)
        return
    for span in islice(entry.spans(material), None if entry.action == Action.REDACT else 1):
        yield Finding(
            entry.name,
            span,
            entry.severity,
            action=entry.action,
            public=entry.message,
            row=entry.id,
            mode=entry.mode,
        )


def _unread(entry: Entry) -> Finding:
    """Of a row that came past our doors. Nobody knows what it was meant for: the text passes, and is marked."""
    metrics.screening_failures.labels("rules", "broken").inc()
    return Finding(f"{entry.name} (broken)", (0, 0), "high", row=entry.id)
