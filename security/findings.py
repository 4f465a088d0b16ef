"""What filters found, kept for staff: shadow findings too, for they show what a filter would do."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from security.material import Material
from security.screening import Finding, Verdict
from security.screening_models import KeptFinding

AROUND: Final = 40  # characters on each side of what was found
LONGEST: Final = 120  # characters of it
MOST: Final = 100  # of one text: a paste of a whole log is found often enough by then


@dataclass(frozen=True)
class Found:
    """Where the screened text belongs, as far as it is known."""

    conversation: UUID | None = None
    message: UUID | None = None
    run: UUID | None = None


def keep(verdict: Verdict, material: Material, found: Found) -> None:
    """Write the findings down, in the transaction of what they are about."""
    KeptFinding.objects.bulk_create(_row(one, verdict, material, found) for one in verdict.findings[:MOST])


def of_messages(messages: Collection[UUID]) -> dict[UUID | None, list[KeptFinding]]:
    """By message, in the order in which they stand in it."""
    found = defaultdict[UUID | None, list[KeptFinding]](list)
    for kept in KeptFinding.objects.filter(message__in=messages).order_by("path", "start", "id"):
        found[kept.message].append(kept)
    return found


def _row(finding: Finding, verdict: Verdict, material: Material, found: Found) -> KeptFinding:
    path, start, end = material.place(finding.span)
    return KeptFinding(
        workspace=material.workspace,
        conversation=found.conversation,
        message=found.message,
        run=found.run,
        author=material.author,
        stage=material.stage,
        filter=finding.filter,
        version=finding.version,
        rule=finding.rule[:120],
        rule_row=finding.row,
        path=path[:200],
        start=start,
        end=end,
        severity=finding.severity,
        score=finding.score,
        action=finding.action,
        mode=finding.mode,
        evidence=evidence(finding, verdict, material),
    )


def evidence(finding: Finding, verdict: Verdict, material: Material) -> str:
    """A few words around it. Whatever any filter would mask is masked here, whether or not it is enforced."""
    start, end = finding.span
    first, last = max(0, start - AROUND), min(end, start + LONGEST) + AROUND
    text, shown = material.whole, list[str]()
    place = first
    for one in sorted((one for one in verdict.findings if one.mask), key=lambda one: one.span):
        if one.span[1] > place and one.span[0] < last:
            shown += [text[place : max(place, one.span[0])], one.mask]
            place = max(place, one.span[1])
    return "".join([*shown, text[place : max(place, last)]])[:300]
