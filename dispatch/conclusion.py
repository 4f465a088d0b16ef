"""The one door for answers: every way a run ends goes through `conclude()`, in one transaction."""

import logging
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction

from contexts import messages
from contexts.messages import Draft
from contexts.models import Conversation, MessageRole
from dispatch import calls, hints, runs
from dispatch.handlers import Reply
from dispatch.models import Audience, Run, RunState
from project import log, logs
from project.errors import SwitchboardError
from security import screening
from security.screening import Finding, Material, Verdict

logger = logging.getLogger(__name__)

FALLBACK: Final = {
    "timeout": "No answer was ready in time. Your message is kept; you can send it again.",
    "handler_error": "Something broke while answering. Your message is kept; you can send it again.",
    "no_handler": "Nothing here answers messages of this kind at the moment. Your message is kept.",
    "route_broken": "The rule for messages like this one names nothing that answers at the moment. Your message is "
    "kept; those who manage this workspace can mend the rule.",
    "answer_refused": "The answer was withheld by a content filter.",
    "attempts_spent": "Answering failed several times and was given up. Your message is kept; you can send it again.",
}


@dataclass(frozen=True)
class Said:
    """A reply, and the name of the handler whose it is; "" for nobody's."""

    by: str
    reply: Reply


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `reply` None with no `reason`: the handlers chose to stay silent.

    `handlers`: one record each of those that were asked. `by`: whose the reply is; empty: of who was asked last.
    `others`: the further replies where several handlers answer for themselves.
    """

    reply: Reply | None = None
    reason: str = ""
    handlers: tuple[dict[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    by: str = ""
    others: tuple[Said, ...] = ()

    @property
    def said(self) -> tuple[Said, ...]:
        """Every reply, in the order in which they are stored."""
        by = self.by or (str(self.handlers[-1]["name"]) if self.handlers else "")
        return (*((Said(by, self.reply),) if self.reply else ()), *self.others)


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
        stored = _answer(run, outcome)
        calls.write(run, outcome.handlers)
        moved = runs.move(run, _final_state(outcome), _fields(run, outcome), _data(run, outcome, stored))
        if run.audience == Audience.WORKSPACE and stored:
            hints.give(run.conversation)
        return moved


def _screened(outcome: Outcome, conversation: Conversation) -> Outcome:
    """Without the replies that are empty or refused; a refused one harms no other."""
    kept, findings, refused = list[Said](), list[Finding](), set[str]()
    for said in outcome.said:
        if not (said.reply.text or said.reply.parts):
            continue
        verdict = _verdict(said.reply, conversation)
        if verdict is None:
            refused.add(said.by)
        else:
            kept.append(said)
            findings += verdict.findings
    withheld = refused and not kept
    return replace(
        outcome,
        reply=kept[0].reply if kept else None,
        by=kept[0].by if kept else outcome.by,
        others=tuple(kept[1:]),
        reason="answer_refused" if withheld else outcome.reason,
        handlers=tuple(
            asked | ({"result": "answer_refused"} if asked["name"] in refused else {}) for asked in outcome.handlers
        ),
        findings=tuple(findings),
    )


def _verdict(reply: Reply, conversation: Conversation) -> Verdict | None:
    """None: screening refuses it."""
    try:
        said = screening.said(reply.text or "", reply.parts)
        return screening.screen(Material(said, reply.parts, None, conversation.workspace_id))
    except SwitchboardError as error:
        logger.warning("an answer was refused by screening", extra={"code": error.code})
        return None


def _answer(run: Run, outcome: Outcome) -> list[UUID]:
    """Store what is said. Returns the ids of the messages: the first has the id that `run.started` promised."""
    stored: list[UUID] = []
    for said in _replies(outcome):
        id = uuid5(run.reply, said.by) if stored else run.reply
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
        )
        actor = {"kind": "handler", "id": said.by} if said.by else {"kind": "system", "id": ""}
        messages.append(run.conversation, draft, log.About(run.conversation.workspace_id, run.id, id, actor))
        stored.append(id)
    return stored


def _replies(outcome: Outcome) -> tuple[Said, ...]:
    if not outcome.reason:
        return outcome.said
    asked = str(outcome.handlers[-1]["name"]) if outcome.handlers else ""
    return (Said(asked, Reply(FALLBACK[outcome.reason], metadata={"fallback": True, "reason": outcome.reason})),)


def _final_state(outcome: Outcome) -> str:
    if not outcome.reason:
        return RunState.COMPLETED
    return RunState.DEAD if outcome.reason == "attempts_spent" else RunState.FAILED


def _fields(run: Run, outcome: Outcome) -> dict[str, Any]:
    error = {"code": outcome.reason, "detail": FALLBACK[outcome.reason]} if outcome.reason else None
    findings = [*run.findings, *(finding.as_json() for finding in outcome.findings)]
    return {
        "handlers": list(outcome.handlers),
        "findings": findings,
        "error": error,
        "partial": "",
    }


def _data(run: Run, outcome: Outcome, stored: list[UUID]) -> dict[str, Any]:
    data: dict[str, Any] = {"reply": str(stored[0]) if stored else None}
    if len(stored) > 1:
        data["replies"] = [str(id) for id in stored]
    if outcome.reason:
        data["reason"] = outcome.reason
    if run.audience != Audience.CONVERSATION:
        data["audience"] = run.audience
    return data


def _refused() -> bool:
    logger.warning("the result of a lost attempt was refused")
    return False
