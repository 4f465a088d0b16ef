"""An expert that cannot do it, or not alone: its fallback takes over, or another expert does a part."""

from typing import Any

from django.utils import timezone

from dispatch import delegation_questions, delegations, expert_words, orders, placing
from dispatch.delegation_models import Delegation, DelegationState, Step
from dispatch.delegations import For
from dispatch.orders import Order, Placed
from integrations import experts
from integrations.contract import Handover
from integrations.models import Expert
from project.errors import SwitchboardError


def over(delegation: Delegation, handover: Handover, refused: str = "") -> bool:
    """Ask another expert; this one is resumed with what comes of it. One that cannot be had is what comes of it, and
    so is what filters `refused`.
    """
    order = Order(
        expert=handover.expert,
        input=handover.input,
        skill=handover.skill,
        priority=delegation.priority,
        seconds=max(1.0, (delegation.deadline - timezone.now()).total_seconds()),
        parent=delegation,
    )
    told = expert_words.progress(delegation.progress, f"It asks {handover.expert}.")
    if not delegations.move(delegation, DelegationState.WORKING, {"turn": delegation.turn + 1}, told):
        return False
    whose = For(
        conversation=delegation.conversation,
        owner=delegation.owner_id,
        message=delegation.message_id,
        visible_to=delegation.visible_to,
        session=delegation.session,
    )
    if refused:
        _refuse(order, whose, refused, expert_words.REFUSED)
        return True
    try:
        delegations.make(order, placing.place(order, delegation.workspace), whose)
    except SwitchboardError as error:
        _refuse(order, whose, error.code, error.detail)
    return True


def _refuse(order: Order, whose: For, reason: str, detail: str) -> None:
    delegations.refuse(order, whose, reason, detail)
    if order.parent:
        answer(order.parent, {"state": "rejected", "reason": reason, "detail": detail})


def answer(waiting: Delegation, value: Any) -> None:
    """Resume who waits for another expert."""
    fields = delegation_questions.answer(value, "expert")
    if Delegation.objects.filter(id=waiting.id, state=DelegationState.WORKING, step="").update(**fields):
        delegations.wake(waiting)


def fall_back(delegation: Delegation, because: str) -> bool:
    """Whether its expert's fallback takes it up, in what is left of its time. Once: a fallback has none."""
    expert = delegation.expert.fallback if delegation.expert else None
    if expert is None or "instead_of" in delegation.choice or delegation.deadline <= timezone.now():
        return False
    placed = _placed(expert, delegation)
    if placed is None:
        return False
    instead = {"instead_of": delegation.slug, "because": because}
    delegation.slug, delegation.name, delegation.skill = expert.slug, expert.name, placed.skill
    fields = {
        "expert": expert,
        "slug": expert.slug,
        "name": expert.name,
        "skill": placed.skill,
        "digest": placed.digest(delegation.input),
        "choice": {**delegation.choice, "by": "fallback", **instead},
        "remote": "",
        "failures": 0,
        "crashes": 0,
        "step": Step.START,
        "due_at": timezone.now(),
    }
    told = {**expert_words.progress(None, ""), **instead}
    return delegations.move(delegation, DelegationState.WORKING, fields, told)


def _placed(expert: Expert, delegation: Delegation) -> Placed | None:
    """None where it is no help: it cannot either, or it is who waits for this very task."""
    order = Order(expert.slug, delegation.input)
    try:
        experts.check_ready(expert)
        placed = Placed(expert, orders.fitting(expert, order).name)
        if delegation.parent is not None:
            placing.check_circle(placed, delegation.input, delegation.parent)
    except SwitchboardError:
        return None
    return placed
