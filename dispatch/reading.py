"""What people and handlers say, read by the filters: what is refused leaves findings for staff, and nothing else."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contexts.models import Conversation
from security import findings, screening
from security.findings import Found
from security.material import Body, Material, Stage
from security.screening import Action, MessageBlocked, Verdict


@dataclass(frozen=True)
class Screened:
    """A body as it is shown, and what the filters said of it."""

    material: Material
    verdict: Verdict
    shown: Body

    @property
    def original(self) -> dict[str, Any] | None:
        """As it was sent, where that is not what is shown."""
        sent = self.material.body
        if sent == self.shown:
            return None
        return {"text": sent.text, "parts": list(sent.parts), "metadata": sent.metadata}

    def keep(self, message: UUID | None, conversation: UUID, run: UUID | None = None) -> None:
        """Write down what was found, in the transaction of the message."""
        findings.keep(self.verdict, self.material, Found(conversation, message, run))


def read(
    body: Body, kind: str, author: UUID | None, conversation: Conversation, stage: Stage = Stage.INTAKE
) -> Screened:
    """:raises MessageBlocked: or a sibling, for what may not pass. :raises ScreeningFailed: when a filter broke."""
    material = Material(body.text, body.parts, author, conversation.workspace_id, body.metadata, kind, stage)
    verdict = screening.screen(material)
    screened = Screened(material, verdict, verdict.shown(material))
    if verdict.action == Action.BLOCK or (verdict.action == Action.QUARANTINE and stage != Stage.INTAKE):
        screened.keep(None, conversation.id)
        raise MessageBlocked(verdict.public)
    return screened
