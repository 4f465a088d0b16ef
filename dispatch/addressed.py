"""Messages that are for an expert: what it is asked, and whether it can be had now."""

from typing import Any, Protocol
from uuid import UUID

from contexts.models import Conversation
from dispatch import expert_room, placing, routing
from dispatch.decisions import Decision
from dispatch.orders import Order
from project.errors import SwitchboardError


class Said(Protocol):
    """A message, however it is held."""

    @property
    def text(self) -> str: ...

    @property
    def parts(self) -> tuple[dict[str, Any], ...]: ...

    @property
    def metadata(self) -> dict[str, Any]: ...


def order(expert: str, message: Said) -> Order:
    """`expert`: a slug; "": whoever has the skill that the message names."""
    return Order(expert, _input(message), skill_of(message))


def skill_of(message: Said) -> str:
    skill = message.metadata.get("skill", "")
    return skill if isinstance(skill, str) else ""


def _input(message: Said) -> Any:
    """The data of the first data part, else the text."""
    data = next((part.get("data") for part in message.parts if part.get("type") == "data"), None)
    return data if data is not None else {"text": message.text}


def check(decision: Decision, message: Said, conversation: Conversation) -> None:
    """Of a message that names an expert or a skill itself. What a route names is not its sender's to mend.

    :raises SwitchboardError: what `placing.place()` raises, naming what there is. :raises TooManyDelegations:
    """
    if decision.route is None and _asks(decision):
        expert_room.check_few(conversation.id)
        placing.place(order(decision.expert, message), conversation.workspace_id)


def preview(decision: Decision, message: Said, workspace: UUID) -> dict[str, Any] | None:
    """Whom it would reach and why, or why nobody; None where no expert is asked."""
    if not _asks(decision):
        return None
    try:
        placed = placing.place(order(decision.expert, message), workspace)
    except SwitchboardError as error:
        return {"expert": decision.expert, "problem": {"code": error.code, "detail": error.detail}}
    expert = placed.expert
    return {"expert": expert.slug, "name": expert.name, "skill": placed.skill, "choice": placed.choice}


def _asks(decision: Decision) -> bool:
    return any(handler.name == routing.EXPERT for handler in decision.path)
