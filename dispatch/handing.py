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
    """Ask another expert; this one is resumed with what comes of it, and of no other one. One that cannot be had is
    what comes of it, and so is what filters `refused`.
    """
    order = Order(
        expert=handover.expert,
        input=handover.input,
        skill=handover.skill,
        priority=delegation.priority,
        seconds=max(1.0, (delegation.deadline - timezone.now()).total_seconds()),
        parent=delegation,
    )
    told = expert_words.progress(delegation.progress, f"It asks {handover.expert or 'another expert'}.")
    if not delegations.move(delegation, DelegationState.WORKING, {"turn": delegation.turn + 1}, told):
        return False
    whose = For(
        conversation=delegation.conversation,
        owner=delegation.owner_id,
        message=delegation.message_id,
        visible_to=delegation.visible_to,
        session=delegation.session,
    )
    part = _part(order, whose, refused)
    Delegation.objects.filter(id=delegation.id).update(answer={"of": str(part.id)})
    if part.state == DelegationState.REJECTED:
        answer(part, {"state": part.state, "reason": part.reason, "detail": part.detail})
    return True


def _part(order: Order, whose: For, refused: str) -> Delegation:
    if refused:
        return delegations.refuse(order, whose, refused, expert_words.REFUSED)
    try:
        return delegations.make(order, placing.place(order, whose.conversation.workspace_id), whose)
    except SwitchboardError as error:
        return delegations.refuse(order, whose, error.code, error.detail)


def answer(ended: Delegation, value: Any) -> None:
    """Resume who handed it over, if that one waits for it still: it may have asked something else since."""
    if ended.parent is None:
        return
    waiting = Delegation.objects.filter(id=ended.parent.id, state=DelegationState.WORKING, step="")
    if waiting.filter(answer__of=str(ended.id)).update(**delegation_questions.answer(value, "expert")):
        delegations.wake(ended.parent)


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
        "question": None,
        "answer": None,
        "taken_by": None,
        "taken_at": None,
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
