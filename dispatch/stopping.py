"""Stopping runs before their end: canceled by people, superseded by a newer message.

A run that nobody works on ends at once. A running one is asked to: who holds it sees that within a second, tells the
handler, waits at most five seconds for it, and ends the run with what was said so far. Its lease is not renewed any
more, so that another process ends it when the holder is dead or stuck.
"""

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone

from contexts import conversations
from contexts.models import Conversation
from dispatch import conclusion, states
from dispatch.models import Run, RunState
from project import bus, log
from project.errors import Conflict, NotFound
from security import access
from security.models import User

OPEN: Final = tuple(states.TRANSITIONS)
PATIENCE: Final = timedelta(seconds=8)  # one to notice, five for the handler, and the time to write it down


class RunFinished(Conflict):
    code = "run_finished"
    title = "The run has ended already"


def cancel(user: User, run_id: UUID) -> Run:
    """Cancel a run of a conversation that the user may write in. Once more changes nothing.

    :raises NotFound: for a run that is not the user's to see. :raises Forbidden: for a viewer.
    :raises RunFinished: naming its state, when it ended otherwise.
    """
    run = Run.objects.only("conversation").filter(id=run_id).first()
    if run is None:
        raise NotFound()
    conversations.find(user, run.conversation_id, access.CHAT)
    return stop(run_id, RunState.CANCELED, {"kind": "user", "id": str(user.id)})


def stop(run_id: UUID, to: RunState, actor: dict[str, str]) -> Run:
    """End a run as `to`, canceled or superseded: at once, or soon when it is running (`Run.stop`).

    :raises RunFinished: naming its state, when it ended otherwise.
    """
    runs = Run.objects.select_related("conversation")
    with transaction.atomic():
        log.lock(runs.get(id=run_id).conversation.stream)
        run = runs.get(id=run_id)
        _stop(run, to, actor)
    return run


def supersede(conversation: Conversation, actor: dict[str, str]) -> None:
    """Make way for a new message: what runs or waits ends, the last one first, so that none of them is passed the turn.

    Within the transaction that locks the stream.
    """
    open = Run.objects.filter(conversation=conversation, state__in=OPEN)
    for run in open.select_related("conversation").order_by("-position"):
        _stop(run, RunState.SUPERSEDED, actor)


def withdraw(messages: Collection[UUID], actor: dict[str, str]) -> None:
    """Their answers are wanted no more: what runs or waits for them ends as canceled, the last one first.

    Within the transaction that locks the stream.
    """
    open = Run.objects.filter(message__in=messages).exclude(state__in=states.FINAL)
    for run in open.select_related("conversation").order_by("-position"):
        _stop(run, RunState.CANCELED, actor)


def _stop(run: Run, to: RunState, actor: dict[str, str]) -> None:
    if run.state in states.FINAL:
        if run.state != to:
            raise RunFinished(f"The run has ended already: it is {run.state}.")
    elif not run.stop:
        _ask(run, to, actor)
        if run.state != RunState.RUNNING:
            conclusion.stop_waiting(run)


def _ask(run: Run, to: RunState, actor: dict[str, str]) -> None:
    now = timezone.now()
    asked = {"stop": to, "stop_at": now, "stop_actor": actor}
    lease = Least(F("lease_until"), now + PATIENCE) if run.state == RunState.RUNNING else None
    Run.objects.filter(id=run.id).update(lease_until=lease, **asked)
    for name, value in asked.items():
        setattr(run, name, value)
    transaction.on_commit(partial(bus.ring, "conversation", str(run.conversation_id)))
