"""Runs: enqueue, claim, move on. A change of state is one guarded UPDATE and its event, together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contexts.context import MessageView, view
from contexts.models import Message
from dispatch import asked, audiences, bell, lanes, places, replaying, room, routing, states
from dispatch.decisions import Decision
from dispatch.models import Run, RunState
from dispatch.places import Place
from dispatch.replaying import Record
from project import log, logs

SUSPECT: Final = 2  # crashes
HEAD_START: Final = timedelta(seconds=30)  # of a priority over the next lower one


@dataclass(frozen=True)
class Claim:
    """The right to process one run: results count only while `attempt` is the run's present one.

    Of one that has waited for experts: `recorded`, what its handlers asked; `prior`, the text that was shown before;
    `ran`, the seconds of running time before.
    """

    run: UUID
    attempt: int
    reply: UUID
    message: MessageView
    conversation: UUID
    workspace: UUID
    visible_to: str
    ids: dict[str, str]
    decision: Decision
    session: UUID | None = None
    recorded: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    prior: str = ""
    ran: float = 0.0


@dataclass(frozen=True)
class Again:
    """Makes a run a further one of its message: the run before it, the only handler to ask if any, who wanted it."""

    of: UUID
    handler: str
    actor: dict[str, str]


def enqueue(
    message: Message,
    session: UUID | None,
    findings: list[dict[str, Any]],
    decision: Decision,
    place: Place,
    again: Again | None = None,
) -> Run:
    """Queue the run that a message names, in the transaction that stores the message, or asks `again` for its answer.

    Priority is a head start in time: a low run grows older than any high one that comes later, and is served.
    """
    now, conversation = timezone.now(), message.conversation
    priority = decision.weight(message.metadata)
    run = Run(
        id=message.run,
        conversation=conversation,
        message=message,
        workspace=conversation.workspace_id,
        position=log.lock(conversation.stream).seq + 1 if again else message.seq,
        parallel=place.parallel,
        lanes=lanes.stored(decision.path),
        priority=priority,
        queued_at=now,
        due_at=now,
        rank=now - priority * HEAD_START,
        decision=decision.as_json(),
        visible_to=audiences.visible_to(decision.audience, message.author_id),
        session=session,
        findings=findings,
        request_id=logs.request_id(),
        replay_of_id=again.of if again else None,
        only_handler=again.handler if again else "",
    )
    run.save(force_insert=True)
    replay = {"replay_of": str(again.of)} if again else {}
    _tell(run, "run.queued", {"attempt": 0, "position": place.ahead, **replay}, again.actor if again else None)
    bell.ring(conversation.id, run.due_at)
    return run


def next_due(limit: int, holder: str) -> list[UUID]:
    """Queued runs that may start now, by rank: those that no run of their conversation and no full lane keeps waiting.

    A run that was there at two crashes may be their cause: a process takes one of those at a time, so that the one
    that kills its process does not take the same neighbours with it to the end.
    """
    due = Run.objects.filter(state=RunState.QUEUED, due_at__lte=timezone.now())
    if not due.exists():  # as each second of a process at rest, and after most rings
        return []
    due = places.unblocked(due.order_by("rank"))
    suspects = Run.objects.filter(holder=holder, state=RunState.RUNNING, crashes__gte=SUSPECT)
    left = room.look()
    suspect = [] if suspects.exists() else room.fitting(due.filter(crashes__gte=SUSPECT), 1, left)
    return [*suspect, *room.fitting(due.filter(crashes__lt=SUSPECT), limit, left)]


def claim(run_id: UUID, holder: str) -> Claim | None:
    """Take a queued run for `holder` until its lease ends. None when somebody else was faster or it must wait.

    Decided anew: routes and handlers may have changed since the message came. Not of a run that has waited for experts:
    it is in the midst of its answer.
    """
    while True:
        run = _whole(run_id)
        if run is None or run.state != RunState.QUEUED:
            return None
        decision = routing.kept(run.decision) if run.ran else _decided(run)
        with transaction.atomic():
            log.lock(run.conversation.stream)
            if not _is_edited(run.message):
                return _taken(run, decision, holder)


def _decided(run: Run) -> Decision:
    return routing.decide(asked.stored(run.message, run.conversation.workspace_id), run.only_handler)


def _taken(run: Run, decision: Decision, holder: str) -> Claim | None:
    run.lanes = lanes.stored(decision.path)
    if places.ahead_of(run) or not lanes.enter(run):
        _keep_lanes(run)
        return None
    if not move(run, RunState.RUNNING, _claiming(run, decision, holder), {"reply": str(run.reply)}):
        return None
    return _claimed(run, decision)


def _is_edited(message: Message) -> bool:
    """Since it was read. Under the lock that edits take, too: what is answered is what it says when that begins."""
    return not Message.objects.filter(id=message.id, edited_at=message.edited_at).exists()


def _claiming(run: Run, decision: Decision, holder: str) -> dict[str, Any]:
    """What is decided is known before the first word is said: followers get none that is not for them."""
    now = timezone.now()
    return {
        "attempt": run.attempt + 1,
        "holder": holder,
        "lease_until": now + settings.LEASE,
        "started_at": run.started_at or now,
        "decision": run.decision if run.ran else decision.as_json(),
        "lanes": run.lanes,
        "visible_to": audiences.visible_to(decision.audience, run.message.author_id),
    }


def _keep_lanes(run: Run) -> None:
    """A route may have sent it elsewhere since it was queued. Looks that did not know would offer it again and again,
    before others that could begin."""
    Run.objects.filter(id=run.id, state=RunState.QUEUED).exclude(lanes=run.lanes).update(lanes=run.lanes)


def move(run: Run, to: str, fields: dict[str, Any], data: dict[str, Any]) -> bool:
    """Change a run's state if state, attempt and stop still are what `run` shows; tell it. Updates `run` too.

    :raises IllegalTransition: when the table of states does not know the change.
    """
    states.check(run.state, to, run.stop)
    before = run.state
    guarded = Run.objects.filter(id=run.id, state=before, attempt=run.attempt, stop=run.stop)
    if to in states.FINAL:
        fields = {"finished_at": timezone.now(), "lease_until": None, "holder": "", **fields}
    if not guarded.update(state=to, **fields):
        return False
    for name, value in {"state": to, **fields}.items():
        setattr(run, name, value)
    position = {"position": places.ahead_of(run)} if to == RunState.QUEUED else {}
    _tell(run, states.EVENT[to], {"attempt": run.attempt, **position, **data}, run.stop_actor)
    if to != RunState.RUNNING:
        _pass_turn(run, before == RunState.RUNNING)
    return True


def checkpoint(claim: Claim, text: str) -> None:
    """Keep the answer so far, so that followers elsewhere and after a crash have it."""
    mine = Run.objects.filter(id=claim.run, state=RunState.RUNNING, attempt=claim.attempt)
    mine.update(partial=text, partial_attempt=F("attempt"))


def message_of(claim: Claim) -> Message:
    return Message.objects.select_related("conversation", "author").get(id=claim.message.id)


def _pass_turn(run: Run, ran: bool) -> None:
    """Ring for what comes next: the run that waited for this one, or this one again; else for one of its lanes.

    One bell is enough: who hears it looks for all that is due.
    """
    if not settings.BELL:
        return
    waiting = Run.objects.filter(conversation_id=run.conversation_id, state=RunState.QUEUED).order_by("position")
    due_at = waiting.values_list("due_at", flat=True).first()
    if due_at is not None:
        bell.ring(run.conversation_id, due_at)
    now = timezone.now()
    if ran and (due_at is None or due_at > now) and lanes.awaited(run):
        bell.ring(run.conversation_id, now)


def _whole(run_id: UUID) -> Run | None:
    return Run.objects.select_related("conversation", "message__author").filter(id=run_id).first()


def _claimed(run: Run, decision: Decision) -> Claim:
    ids = {
        "run_id": str(run.id),
        "conversation_id": str(run.conversation_id),
        "workspace_id": str(run.conversation.workspace_id),
        "user_id": str(run.message.author_id or ""),
        "session_id": str(run.session or ""),
        "request_id": run.request_id,
    }
    return Claim(
        run=run.id,
        attempt=run.attempt,
        reply=run.reply,
        message=view(run.message),
        conversation=run.conversation_id,
        workspace=run.conversation.workspace_id,
        visible_to=run.visible_to,
        ids=ids,
        decision=decision,
        session=run.session,
        recorded=replaying.of(run.id) if run.attempt > 1 else {},
        prior=run.partial if run.ran else "",
        ran=run.ran,
    )


def _tell(run: Run, type: str, data: dict[str, Any], actor: dict[str, str] | None = None) -> None:
    with logs.bind(request_id=run.request_id):
        log.append(
            run.conversation.stream,
            type,
            data,
            log.About(run.conversation.workspace_id, run.id, run.message_id, actor or dict(log.SYSTEM)),
        )
