"""What people and handlers say, read by the filters: what is refused leaves findings for staff, and nothing else."""

from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from contexts.models import Conversation
from security import findings, refusal, screening
from security.findings import Found
from security.material import Body, Material, Stage
from security.screening import Action, Verdict


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

    @property
    def refused(self) -> bool:
        """Of what nobody could hold back: asked for a review, it is refused."""
        return self.verdict.action in (Action.BLOCK, Action.QUARANTINE)

    def keep(self, message: UUID | None, conversation: UUID, run: UUID | None = None) -> None:
        """Write down what was found, in the transaction of the message."""
        findings.keep(self.verdict, self.material, Found(conversation, message, run))

    def refuse(self, conversation: UUID, sender: UUID | None = None) -> NoReturn:
        """:raises MessageBlocked: after it was written down. :raises RateLimited: when `sender` has sent too much."""
        refusal.refuse(self.verdict, self.material, Found(conversation), sender)


def read(body: Body, kind: str, author: UUID | None, conversation: Conversation) -> Screened:
    """Of what nobody could hold back: asked for a review, it is refused.

    :raises MessageBlocked: or a sibling, for what may not pass. :raises ScreeningFailed: when a filter broke.
    """
    screened = look(body, kind, author, conversation)
    if screened.refused:
        screened.refuse(conversation.id)
    return screened


def look(
    body: Body, kind: str, author: UUID | None, conversation: Conversation, stage: Stage = Stage.INTAKE
) -> Screened:
    """What the filters say, whatever it is.

    :raises ScreeningFailed: when a filter broke. :raises SwitchboardError: which a filter raised to refuse.
    """
    material = Material(body.text, body.parts, author, conversation.workspace_id, body.metadata, kind, stage)
    verdict = screening.screen(material)
    return Screened(material, verdict, verdict.shown(material))
