"""The one door for answers: every way a run ends goes through `conclude()`, in one transaction."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from contexts import learning, store
from contexts.messages import Draft
from contexts.models import Conversation, MessageRole
from dispatch import calls, delegation_ends, deltas, hints, parking, partials, proposing, reading, retries, runs
from dispatch.fallbacks import FALLBACK, SPENT
from dispatch.handlers import Reply
from dispatch.models import Audience, Run, RunState
from dispatch.outcomes import Outcome, Said
from dispatch.proposing import Heard
from project import log, logs
from project.errors import SwitchboardError
from security.material import Body, Stage
from security.screening import ScreeningFailed

logger = logging.getLogger(__name__)


def conclude(run_id: UUID, attempt: int, outcome: Outcome) -> bool:
    """End an attempt: replies, events and state together. False when another one holds the run: this result is refused.

    A run that was asked to stop ends so, whatever its attempt came to; one whose failure may pass waits for the next.
    """
    run = Run.objects.select_related("conversation__workspace__context_policy", "message__author").get(id=run_id)
    if run.state != RunState.RUNNING or run.attempt != attempt:
        return False
    ready = _ready(run, outcome)
    learned = learning.read(run.conversation, run.message, run.session)
    ready = replace(ready, learned=learned, heard=_heard(run, ready), calls=_called(run, ready))
    with logs.bind(request_id=run.request_id), transaction.atomic():
        log.lock(run.conversation.stream)
        held = Run.objects.filter(id=run_id, state=RunState.RUNNING, attempt=attempt)
        now = list(held.values_list("stop", "message__edited_at", "message__status"))
        if now == [(run.stop, run.message.edited_at, run.message.status)]:
            calls.write(run, ready.handlers)
            return _close(run, ready)
    # A stop that was asked for meanwhile has won; of a message that was changed meanwhile, what it says now is learned.
    return bool(now) and conclude(run_id, attempt, outcome)


def stop_waiting(run: Run) -> bool:
    """End a run that was asked to stop while nobody works on it. Within the transaction that locks its stream."""
    return _close(run, _ready(run, Outcome()))


def expire(run: Run) -> bool:
    """End a run that has waited too long. Within the transaction that locks its stream."""
    return _close(run, _ready(run, Outcome(reason="expired")))


def _called(run: Run, ready: Outcome) -> tuple[parking.Read, ...]:
    """What is asked of experts counts as little as the rest of an attempt that broke or was stopped."""
    return () if ready.reason or run.stop else parking.read(ready.wanted, run.conversation)


def _close(run: Run, outcome: Outcome) -> bool:
    if outcome.parked and not run.stop:
        kept = {"partial": outcome.shown, "partial_attempt": run.attempt, "ran": outcome.ran, "error": None}
        return parking.park(run, outcome.calls, {**_record(run, outcome), **kept})
    if outcome.retry is not None:
        if retries.left(run):
            return retries.again(run, outcome.retry, _record(run, outcome))
        outcome = replace(outcome, reason=outcome.reason if outcome.reason in SPENT else "attempts_spent")
    stored = _answer(run, outcome)
    learning.keep(run.conversation, run.message, outcome.learned, len(stored), _about(run))
    proposing.keep(
        run, outcome.heard, dict(zip((said.by for said in _replies(outcome)), stored, strict=True)), _about(run)
    )
    parking.make(run, outcome.calls)
    end = _final_state(run, outcome)
    if end != RunState.COMPLETED:
        delegation_ends.withdraw(run)  # before the final event, after which nothing is told of a run
    moved = runs.move(run, end, _fields(run, outcome), _data(run, outcome, stored))
    if run.audience == Audience.WORKSPACE and stored:
        hints.give(run.conversation)
    return moved


def _about(run: Run) -> log.About:
    return log.About(run.conversation.workspace_id, run.id, run.message_id)


def _ready(run: Run, outcome: Outcome) -> Outcome:
    """As it may be stored. What filters withhold of a stopped answer is simply not there: no fallback stands for it."""
    if not run.stop:
        return _screened(outcome, run.conversation)
    return replace(_screened(_left_by_stop(run, outcome), run.conversation), reason="", retry=None)


def _heard(run: Run, ready: Outcome) -> tuple[Heard, ...]:
    """Facts count with an answer that is stored, and that everybody may read: they are shown to everybody."""
    answered = bool(ready.said) and not (ready.reason or run.stop or run.visible_to)
    return proposing.read(ready.proposed, run.conversation) if answered else ()


def _left_by_stop(run: Run, outcome: Outcome) -> Outcome:
    """What a stopped run keeps: the replies that were ready in time, whole, else what was shown until then."""
    said = () if outcome.reason else outcome.said
    if not said:
        [known] = partials.filled([run])
        outcome = replace(outcome, shown=max(outcome.shown, known.partial, key=len))
        said = (Said(outcome.asked_last, Reply(outcome.shown)),)
    mark = {"partial": True, "reason": run.stop}
    first, *others = (Said(one.by, replace(one.reply, metadata={**one.reply.metadata, **mark})) for one in said)
    return replace(outcome, reply=first.reply, by=first.by, others=tuple(others), reason="", retry=None)


def _screened(outcome: Outcome, conversation: Conversation) -> Outcome:
    """Without the replies that are empty or refused; a refused one harms no other.

    Where filters broke and no reply is left, another attempt may do.
    """
    spoken = [said for said in outcome.said if said.reply.text or said.reply.parts]
    read = [_read(said, conversation) for said in spoken]
    kept = [said for said in read if not said.withheld]
    withheld = {said.by: said.withheld for said in read if said.withheld}
    reason = outcome.reason if kept or not withheld else _reason(withheld.values())
    return replace(
        outcome,
        first=kept[0].screened if kept else None,
        reply=kept[0].reply if kept else None,
        by=kept[0].by if kept else outcome.by,
        others=tuple(kept[1:]),
        reason=reason,
        handlers=tuple(asked | {"result": withheld.get(asked["name"], asked["result"])} for asked in outcome.handlers),
        findings=tuple(finding for said in kept if said.screened for finding in said.screened.verdict.foremost),
        refused=tuple(said.screened for said in read if said.screened and said.withheld),
        proposed=tuple(one for one in outcome.proposed if one.by not in withheld),
        retry=0.0 if reason == "answer_unscreened" else outcome.retry,
    )


def _reason(withheld: Iterable[str]) -> str:
    return "answer_unscreened" if "answer_unscreened" in withheld else "answer_refused"


def _read(said: Said, conversation: Conversation) -> Said:
    """As it may be shown; `withheld` where filters break, refuse it, or would hold it: nobody reviews answers."""
    reply = said.reply
    body = Body(reply.text or "", reply.parts, reply.metadata)
    try:
        screened = reading.look(body, reply.kind, None, conversation, Stage.ANSWER)
    except ScreeningFailed:
        return replace(said, withheld="answer_unscreened")
    except SwitchboardError as error:
        logger.warning("an answer was refused by screening", extra={"code": error.code})
        return replace(said, withheld="answer_refused")
    if screened.refused:
        logger.warning("an answer was refused by screening", extra={"code": screened.verdict.action})
        return replace(said, screened=screened, withheld="answer_refused")
    return Said(said.by, replace(reply, **vars(screened.shown)), screened)


def _answer(run: Run, outcome: Outcome) -> list[UUID]:
    """Store what is said. Returns the ids of the messages: the first has the id that `run.started` promised."""
    stored: list[UUID] = []
    _show_instead(run, outcome)
    for refused in outcome.refused:
        refused.keep(None, run.conversation_id, run.id)
    for said in _replies(outcome):
        id = uuid5(run.reply, said.by) if stored or parking.has_answer(run) else run.reply
        draft = Draft(
            id=id,
            role=MessageRole.ASSISTANT,
            kind=said.reply.kind,
            text=said.reply.text or "",
            parts=said.reply.parts,
            metadata=said.reply.metadata,
            reply_to=run.message_id,
            run=run.id,
            visible_to=run.visible_to,
            original=said.screened.original if said.screened else None,
        )
        actor = {"kind": "handler", "id": said.by} if said.by else {"kind": "system", "id": ""}
        store.append(run.conversation, draft, log.About(run.conversation.workspace_id, run.id, id, actor))
        if said.screened:
            said.screened.keep(id, run.conversation_id, run.id)
        stored.append(id)
    return stored


def _show_instead(run: Run, outcome: Outcome) -> None:
    """Where filters changed or refused what followers have seen, they get what stands there before it is complete.

    That is nothing for what is not kept: of a stopped answer, for which no fallback stands.
    """
    replies = _replies(outcome)
    if outcome.shown and (not replies or replies[0].screened or outcome.reason == "answer_refused"):
        text = (replies[0].reply.text or "") if replies else ""
        if not text.startswith(outcome.shown):
            transaction.on_commit(partial(deltas.replace, run, text))


def _replies(outcome: Outcome) -> tuple[Said, ...]:
    if not outcome.reason:
        return outcome.said
    return (
        Said(
            outcome.asked_last, Reply(FALLBACK[outcome.reason], metadata={"fallback": True, "reason": outcome.reason})
        ),
    )


def _final_state(run: Run, outcome: Outcome) -> str:
    if run.stop:
        return run.stop
    if not outcome.reason:
        return RunState.COMPLETED
    return RunState.DEAD if outcome.reason in SPENT else RunState.FAILED


def _fields(run: Run, outcome: Outcome) -> dict[str, Any]:
    findings = [*run.findings, *(finding.as_json() for finding in outcome.findings)]
    return {**_record(run, outcome), "findings": findings, "partial": ""}


def _record(run: Run, outcome: Outcome) -> dict[str, Any]:
    """What is known of the attempt, or of the last one that got so far."""
    return {
        "handlers": list(outcome.handlers) or run.handlers,
        "failures": run.failures + (outcome.retry is not None),
        "error": {"code": outcome.reason, "detail": FALLBACK[outcome.reason]} if outcome.reason else None,
    }


def _data(run: Run, outcome: Outcome, stored: list[UUID]) -> dict[str, Any]:
    answered = [run.reply] if parking.has_answer(run) else []
    stored = [*answered, *stored]
    data: dict[str, Any] = {"reply": str(stored[0]) if stored else None}
    if len(stored) > 1:
        data["replies"] = [str(id) for id in stored]
    if outcome.reason:
        data["reason"] = outcome.reason
    if run.audience != Audience.CONVERSATION:
        data["audience"] = run.audience
    return data
