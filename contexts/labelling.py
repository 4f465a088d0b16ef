"""Title, metadata and notes of a conversation, read by the filters as messages are. Nobody could hold them for a
review.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from contexts.models import Conversation
from security import findings, limits, refusal, screening
from security.findings import Found
from security.material import LABELS, Material
from security.screening import Action, Verdict

LONGEST: Final = Conversation._meta.get_field("title").max_length


@dataclass(frozen=True)
class Labels:
    """`shown`: those of the fields that were read, as they are stored: what is to be redacted is masked in them."""

    shown: dict[str, Any]
    material: Material
    verdict: Verdict

    def keep(self, conversation: UUID) -> None:
        """Write down what was found, in the transaction that stores them."""
        findings.keep(self.verdict, self.material, Found(conversation))


def read(author: UUID, workspace: UUID, fields: dict[str, Any], conversation: UUID | None = None) -> Labels:
    """Of `fields`: `title`, `metadata` and `notes`, a list of texts. What leaves findings counts as a message: their
    number has a bound.

    :raises MessageBlocked: or a sibling. :raises RateLimited: when `author` has sent too much that leaves findings.
    :raises ScreeningFailed: when a filter broke.
    """
    notes = tuple({"type": "text", "text": text} for text in fields.get("notes", ()))
    material = Material(fields.get("title", ""), notes, author, workspace, fields.get("metadata", {}), LABELS)
    verdict = screening.screen(material) if material.pieces else Verdict()
    if verdict.action in (Action.BLOCK, Action.QUARANTINE):
        refusal.refuse(verdict, material, Found(conversation), author)
    if verdict.findings:
        limits.spend("messages", author, *settings.LIMITS["messages"])
    body = verdict.shown(material)
    shown = {"title": body.text[:LONGEST], "metadata": body.metadata, "notes": [note["text"] for note in body.parts]}
    return Labels({name: value for name, value in shown.items() if name in fields}, material, verdict)
