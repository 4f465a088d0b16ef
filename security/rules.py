"""The filter that follows staff's rules."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from project import metrics
from security import rulebook, screening
from security.material import Material, Stage
from security.rulebook import Budget, Entry
from security.screening import Action, Finding

UNFINISHED: Final = "It takes too long to read, or too much of it would be masked. Send less at once."


@screening.register("rules", deadline=0.2, stages=Stage, prepare=rulebook.read)
def rules(material: Material) -> Iterator[Finding]:
    budget = Budget()
    for entry in material.rules:
        if entry.takes(material):
            yield from found(entry, material, budget)
        if budget.is_over:
            return


def found(entry: Entry, material: Material, budget: Budget) -> Iterator[Finding]:
    """Where it is found first; for a redaction, everywhere."""
    if entry.matcher is None:
        yield _unread(entry)
        return
    spans = list(islice(entry.spans(material, budget), None if entry.action == Action.REDACT else 1))
    if budget.is_over:
        yield _unfinished(entry)
        return
    for span in spans:
        yield Finding(
            entry.name,
            span,
            entry.severity,
            action=entry.action,
            public=entry.message,
            row=entry.id,
            mode=entry.mode,
        )


def _unfinished(entry: Entry) -> Finding:
    """What is not masked, or not read, may not be shown."""
    metrics.screening_failures.labels("rules", "unfinished").inc()
    return Finding(
        f"{entry.name} (unfinished)",
        (0, 0),
        "high",
        action=Action.BLOCK,
        public=UNFINISHED,
        row=entry.id,
        mode=entry.mode,
    )


def _unread(entry: Entry) -> Finding:
    """Of a row that came past our doors. Nobody knows what it was meant for: the text passes, and is marked."""
    metrics.screening_failures.labels("rules", "broken").inc()
    return Finding(f"{entry.name} (broken)", (0, 0), "high", row=entry.id)
