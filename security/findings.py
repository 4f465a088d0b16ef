"""What filters found, kept for staff: shadow findings too, for they show what a filter would do."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from security.material import Material
from security.screening import Action, Finding, Verdict
from security.screening_models import KeptFinding

AROUND: Final = 40  # characters on each side of what was found
LONGEST: Final = 120  # characters of it


@dataclass(frozen=True)
class Found:
    """Where the screened text belongs, as far as it is known."""

    conversation: UUID | None = None
    message: UUID | None = None
    run: UUID | None = None


def keep(verdict: Verdict, material: Material, found: Found) -> None:
    """Write the findings down, in the transaction of what they are about."""
    KeptFinding.objects.bulk_create(_row(one, verdict, material, found) for one in verdict.foremost)


def of_messages(messages: Collection[UUID]) -> dict[UUID | None, list[KeptFinding]]:
    """By message, in the order in which they stand in it."""
    found = defaultdict[UUID | None, list[KeptFinding]](list)
    for kept in KeptFinding.objects.filter(message__in=messages).order_by("path", "start", "id"):
        found[kept.message].append(kept)
    return found


def bury(messages: Collection[UUID]) -> None:
    """The messages are deleted: what was found in them quotes no more of them."""
    silence(KeptFinding.objects.filter(message__in=messages))


def fade(workspace: UUID, before: datetime) -> None:
    """What was found in a workspace before a time is quoted no more, also of what was blocked."""
    silence(KeptFinding.objects.filter(workspace=workspace, created_at__lt=before))


def silence(kept: "QuerySet[KeptFinding]") -> int:
    """How many quote no more of what they were found in. A path may hold names that were given there."""
    return kept.exclude(evidence="", path="").update(evidence="", path="")


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
        masked=_is_masked(finding, verdict),
        evidence=evidence(finding, verdict, material),
    )


def evidence(finding: Finding, verdict: Verdict, material: Material) -> str:
    """A few words around it. What is masked for users is masked here, and so is what any filter would mask were it
    enforced: who may see the message as it was sent sees it there.
    """
    start, end = finding.span
    first, last = max(0, start - AROUND), min(end, start + LONGEST) + AROUND
    text, shown = material.whole, list[str]()
    place, masks = first, verdict.unspoken
    for number in range(bisect_right(masks, first, key=lambda mask: mask[1]), len(masks)):
        begins, ends, instead = masks[number]
        if begins >= last:
            break
        shown += [text[place : max(place, begins)], instead]
        place = ends
    return "".join([*shown, text[place : max(place, last)]])[:300]


def _is_masked(finding: Finding, verdict: Verdict) -> bool:
    """Whether a staff rule found it where another filter masks the text."""
    start, end = finding.span
    masks = (one.span for one in verdict.enforced if one.action == Action.REDACT and one.row is None)
    return finding.row is not None and any(first < end and start < last for first, last in masks)
