"""The one door for answers: every way a run ends goes through `conclude()`, in one transaction."""

import logging
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from contexts import messages
from contexts.messages import Draft
from contexts.models import Conversation, MessageRole
from dispatch import runs
from dispatch.handlers import Reply
from dispatch.models import Run, RunState
from project import log, logs
from project.errors import SwitchboardError
from security import screening
from security.screening import Finding, Material

logger = logging.getLogger(__name__)

FALLBACK: Final = {
    "timeout": "No answer was ready in time. Your message is kept; you can send it again.",
    "handler_error": "Something broke while answering. Your message is kept; you can send it again.",
    "no_handler": "Nothing here answers messages of this kind at the moment. Your message is kept.",
    "answer_refused": "The answer was withheld by a content filter.",
    "attempts_spent": "Answering failed several times and was given up. Your message is kept; you can send it again.",
}


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `reply` None with no `reason`: the handlers chose to stay silent.

    `handlers`: one record each of those that were asked; `decision`: why they were.
    """

    reply: Reply | None = None
    reason: str = ""
    handlers: tuple[dict[str, Any], ...] = ()
    decision: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def conclude(run_id: UUID, attempt: int, outcome: Outcome) -> bool:
    """End a run: reply, events and state together. False when another attempt holds the run: this result is refused."""
    run = Run.objects.select_related("conversation", "message").get(id=run_id)
    outcome = _screened(outcome, run.conversation)
    if run.state != RunState.RUNNING or run.attempt != attempt:
        return _refused()
    with logs.bind(request_id=run.request_id), transaction.atomic():
        log.lock(run.conversation.stream)
        if not Run.objects.filter(id=run_id, state=RunState.RUNNING, attempt=attempt).exists():
            return _refused()
        _answer(run, outcome)
        return runs.move(run, _final_state(outcome), _fields(run, outcome), _data(run, outcome))


def _screened(outcome: Outcome, conversation: Conversation) -> Outcome:
    reply = outcome.reply
    if reply is None or not (reply.text or reply.parts):
        return replace(outcome, reply=None)
    try:
        said = screening.said(reply.text or "", reply.parts)
        verdict = screening.screen(Material(said, reply.parts, None, conversation.workspace_id))
    except SwitchboardError as error:
        logger.warning("an answer was refused by screening", extra={"code": error.code})
        return replace(outcome, reply=None, reason="answer_refused")
    return replace(outcome, findings=verdict.findings)


def _answer(run: Run, outcome: Outcome) -> None:
    reply = outcome.reply
    if outcome.reason:
        reply = Reply(FALLBACK[outcome.reason], metadata={"fallback": True, "reason": outcome.reason})
    if reply is None:
        return
    draft = Draft(
        id=run.reply,
        role=MessageRole.ASSISTANT,
        kind=reply.kind,
        text=reply.text or "",
        parts=reply.parts,
        metadata=reply.metadata,
        reply_to=run.message_id,
        run=run.id,
    )
    actor = {"kind": "handler", "id": str(outcome.handlers[-1]["name"])} if outcome.handlers else {"kind": "system"}
    about = log.About(run.conversation.workspace_id, run.id, run.reply, {"id": "", **actor})
    messages.append(run.conversation, draft, about)


def _final_state(outcome: Outcome) -> str:
    if not outcome.reason:
        return RunState.COMPLETED
    return RunState.DEAD if outcome.reason == "attempts_spent" else RunState.FAILED


def _fields(run: Run, outcome: Outcome) -> dict[str, Any]:
    error = {"code": outcome.reason, "detail": FALLBACK[outcome.reason]} if outcome.reason else None
    findings = [*run.findings, *(finding.as_json() for finding in outcome.findings)]
    return {
        "handlers": list(outcome.handlers),
        "decision": outcome.decision,
        "findings": findings,
        "error": error,
        "partial": "",
    }


def _data(run: Run, outcome: Outcome) -> dict[str, Any]:
    replied = bool(outcome.reply or outcome.reason)
    return {"reply": str(run.reply) if replied else None} | ({"reason": outcome.reason} if outcome.reason else {})


def _refused() -> bool:
    logger.warning("the result of a lost attempt was refused")
    return False
