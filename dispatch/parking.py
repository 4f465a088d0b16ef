"""A run that waits for experts: nothing is held for it, and later messages of its conversation have their turn."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils import timezone

from contexts.models import Conversation
from dispatch import (
    delegation_states,
    delegations,
    expert_room,
    expert_words,
    handing,
    patience,
    placing,
    reading,
    runs,
)
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.delegations import For
from dispatch.models import Run, RunState
from dispatch.replaying import Wanted
from project.errors import SwitchboardError
from security.material import Body, Stage
from security.screening import ScreeningFailed

ANSWERING: Final = (*delegation_states.OPEN, DelegationState.COMPLETED)  # after others the next may give the reply


@dataclass(frozen=True)
class Read:
    """A call as filters have read it; `refused`: the code of why it is not made."""

    wanted: Wanted
    refused: str = ""
    screened: Any = None


def read(wanted: Iterable[Wanted], conversation: Conversation) -> tuple[Read, ...]:
    """What handlers give to experts passes the same filters as messages do."""
    return tuple(_read(one, conversation) for one in wanted)


def park(run: Run, calls: Iterable[Read], fields: dict[str, Any]) -> bool:
    """Make what its handlers asked for, and let the run wait. In the transaction that locks the stream."""
    make(run, calls)
    waiting = {**fields, "holder": "", "lease_until": None, "due_at": patience.of_run(_awaited(run))}
    awaited = [str(id) for id in _awaited(run).values_list("id", flat=True)]
    moved = runs.move(run, RunState.WAITING, waiting, {"delegations": awaited})
    return moved and (bool(awaited) or _answered(run))


def make(run: Run, calls: Iterable[Read]) -> None:
    """Hand over what handlers asked for; what cannot be had is rejected, and says why."""
    for call in calls:
        order, whose = call.wanted.order, _whose(run, call.wanted)
        if call.refused:
            nothing = replace(order, input={})  # what filters refuse is kept nowhere
            delegations.refuse(nothing, whose, call.refused, expert_words.REFUSED)
            continue
        try:
            expert_room.check_few(run.conversation_id)
            made = delegations.make(order, placing.place(order, run.conversation.workspace_id), whose)
        except SwitchboardError as error:
            delegations.refuse(order, whose, error.code, error.detail)
        else:
            call.screened.keep(None, made.conversation_id, run.id)


def go_on(ended: Delegation) -> None:
    """Wake who waits for a delegation that has ended: the expert that handed it over, or the run."""
    if (ended.question or {}).get("until"):  # it ends while it asks
        patience.end(ended)
    handing.answer(ended, _told(ended))
    if ended.awaited and ended.run_id:
        run = Run.objects.select_related("conversation", "message").filter(id=ended.run_id).first()
        if run and run.state == RunState.WAITING and not _awaited(run).exists():
            _answered(run)


def has_answer(run: Run) -> bool:
    """Whether an expert has given the reply that the run promised."""
    if run.attempt <= 1:
        return False
    return Delegation.objects.filter(run=run, reply=run.reply, state=DelegationState.COMPLETED).exists()


def _answered(run: Run) -> bool:
    return runs.move(run, RunState.QUEUED, {"due_at": timezone.now()}, {"reason": "answered"})


def _awaited(run: Run) -> Any:
    return Delegation.objects.filter(run=run, awaited=True, state__in=delegation_states.OPEN)


def _read(wanted: Wanted, conversation: Conversation) -> Read:
    order = wanted.order
    body = Body("", ({"type": "data", "data": {"input": order.input}},))
    try:
        screened = reading.look(body, "text", None, conversation, Stage.DELEGATION)
    except ScreeningFailed:
        return Read(wanted, "input_unscreened")
    except SwitchboardError as error:
        return Read(wanted, error.code)
    if screened.refused:
        return Read(wanted, "input_refused")
    shown = screened.shown.parts[0]["data"]["input"]
    return Read(replace(wanted, order=replace(order, input=shown, call=order.call)), "", screened)


def _whose(run: Run, wanted: Wanted) -> For:
    taken = Delegation.objects.filter(run=run, reply=run.reply, state__in=ANSWERING).exists()
    return For(
        conversation=run.conversation,
        owner=run.message.author_id,
        message=run.message_id,
        run=run.id,
        handler=wanted.handler,
        ordinal=wanted.ordinal,
        awaited=wanted.awaited,
        visible_to=run.visible_to,
        session=run.session,
        reply=run.reply if wanted.answers and not taken else None,
    )


def _told(ended: Delegation) -> dict[str, Any]:
    """What the expert that waits is resumed with."""
    if ended.state == DelegationState.COMPLETED:
        return {"state": ended.state, "output": ended.output, "text": ended.text}
    return {"state": ended.state, "reason": ended.reason, "detail": ended.detail}
