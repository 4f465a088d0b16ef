"""What comes of a step of a delegation: progress, a question, a pause, or its end. Here what experts say is screened.

The end is one transaction: message, events, state, and the turn of who waits for it.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contexts import store
from contexts.messages import Draft
from contexts.models import Conversation, MessageRole
from dispatch import (
    delegation_questions,
    delegation_states,
    delegations,
    expert_answers,
    expert_words,
    handing,
    parking,
    reading,
    retries,
)
from dispatch.delegation_models import Delegation, DelegationState, Step
from dispatch.delegations import Claim
from dispatch.models import Run
from dispatch.reading import Screened
from integrations import experts
from integrations.contract import (
    Failure,
    Handover,
    Later,
    Progress,
    Question,
    Rejection,
    Result,
    SignIn,
    Update,
)
from project import log, logs
from project.errors import SwitchboardError
from security.material import Body, Stage
from security.screening import ScreeningFailed

logger = logging.getLogger(__name__)

CANCELS: Final = 3
MOST_TOLD: Final = 200  # events of progress
LONGEST_POLL: Final = 3600.0


def progress(claim: Claim, said: Progress) -> None:
    """Tell how it is getting on; of what filters do not let through only the number."""
    delegation = _found(claim)
    if delegation is not None:
        tell_progress(delegation, delegations.held(claim), said)


def tell_progress(delegation: Delegation, rows: QuerySet[Delegation], said: Progress) -> bool:
    """`rows`: the delegation, as long as whoever says it may."""
    text = _shown(delegation, said.text)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        held = rows.filter(state__in=delegation_states.AT_WORK)
        fields = {"progress": said.fraction, "said": text or delegation.said, "state": DelegationState.WORKING}
        told = bool(held.update(**fields))
        if told:
            delegations.tell(delegation, "delegation.working", expert_words.progress(said.fraction, text))
        return told


def conclude(claim: Claim, update: Update) -> bool:
    """Write down what a step ended with. False when this claim does not hold it any more: what came is refused."""
    delegation = _found(claim)
    if delegation is None:
        logger.warning("the result of a lost attempt was refused")
        return False
    with logs.bind(request_id=delegation.request_id):
        return arrive(delegation, update)


def arrive(delegation: Delegation, update: Update, speaker: dict[str, str] | None = None) -> bool:
    """What an expert says, on whatever way it came. False when the delegation has moved on meanwhile.

    `speaker`: the person who says it for the expert, told as the actor. None: it says so itself.
    """
    delegation.speaker = speaker
    arrived = _take(delegation, expert_answers.fitting(delegation, update))
    if arrived:
        _count(delegation)
    return arrived


def _take(delegation: Delegation, update: Update) -> bool:
    if isinstance(update, Progress):
        rows = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt)
        return tell_progress(delegation, rows, update)
    if isinstance(update, Result):
        return _complete(delegation, update)
    if isinstance(update, Question):
        return _ask(delegation, update)
    if isinstance(update, Handover):
        return _hand_over(delegation, update)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        return _keep(delegation, update)


def fail(delegation: Delegation, reason: str, detail: str) -> bool:
    """End it without its expert, in the transaction that locks the stream."""
    return _end(delegation, DelegationState.FAILED, reason, detail)


def cancel(delegation: Delegation, actor: dict[str, str]) -> bool:
    """At once, and the far side is told. In the transaction that locks the stream."""
    begun = delegation.attempt > 0
    told = {"step": Step.CANCEL, "due_at": timezone.now(), "failures": 0} if begun else {}
    moved = delegations.move(delegation, DelegationState.CANCELED, told, {}, actor)
    if moved:
        delegations.wake(delegation)
        _withdraw_parts(delegation, actor)
        parking.go_on(delegation)
    return moved


def withdraw(run: Run) -> None:
    """Cancel what its handlers asked for: nobody waits for it any more. In the transaction that locks the stream."""
    if run.attempt > 0:
        cancel_all(Delegation.objects.filter(run=run), run.stop_actor or dict(log.SYSTEM))


def cancel_all(rows: QuerySet[Delegation], actor: dict[str, str]) -> int:
    """Cancel those that are open, and return how many were. In the transaction that locks the stream of all.

    The rows are locked: a claim, which asks for no lock of a stream, would make it come to nothing.
    """
    open = rows.filter(state__in=delegation_states.OPEN).select_related("conversation")
    return sum(cancel(one, actor) for one in open.select_for_update(of=("self",), no_key=True).order_by("depth"))


def canceled(claim: Claim, told: bool) -> None:
    """The far side was told of a cancel, or is told again later."""
    failures = Delegation.objects.values_list("failures", flat=True).get(id=claim.id) + 1
    fields: dict[str, Any] = {"holder": "", "lease_until": None, "failures": failures}
    if told or failures >= CANCELS:
        fields |= {"step": "", "due_at": None}
    else:
        fields["due_at"] = timezone.now() + timedelta(seconds=retries.backoff(failures))
    delegations.held(claim).update(**fields)


def _found(claim: Claim) -> Delegation | None:
    whole = delegations.held(claim).select_related("conversation__workspace__context_policy", "expert__fallback")
    return whole.filter(state__in=delegation_states.OPEN).first()


def _is_at_work(delegation: Delegation) -> bool:
    """Whether it still is, and nobody else has begun it anew. Under the lock; progress may have been told meanwhile."""
    rows = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt, state__in=delegation_states.AT_WORK)
    state = rows.values_list("state", flat=True).first()
    delegation.state = state or delegation.state
    return state is not None


def _complete(delegation: Delegation, result: Result) -> bool:
    """Screened before anything of it is written."""
    body = expert_words.body(delegation, result)
    read = _read(delegation.conversation, body)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        if isinstance(read, str):
            return _end(delegation, DelegationState.FAILED, read, expert_words.WITHHELD)
        if read.refused:
            read.keep(None, delegation.conversation_id, delegation.run_id)
            return _end(delegation, DelegationState.FAILED, "answer_refused", expert_words.WITHHELD)
        _store(delegation, read)
        output, text = expert_words.unpacked(read.shown)
        fields = {"output": output, "text": text, "progress": 1.0, "remote": ""}
        moved = delegations.move(delegation, DelegationState.COMPLETED, fields, {"message": str(delegation.reply)})
        parking.go_on(delegation)
        return moved


def _read(conversation: Conversation, body: Body, stage: Stage = Stage.ANSWER) -> Screened | str:
    """What filters make of it, or why nothing can be shown."""
    try:
        return reading.look(body, "text", None, conversation, stage)
    except ScreeningFailed:
        return "answer_unscreened"
    except SwitchboardError as error:
        logger.warning("what an expert said was refused by screening", extra={"code": error.code})
        return "answer_refused"


def _store(delegation: Delegation, read: Screened) -> None:
    about = log.About(
        delegation.workspace, delegation.run_id, delegation.reply, {"kind": "expert", "id": delegation.slug}
    )
    draft = Draft(
        id=delegation.reply,
        role=MessageRole.EXPERT,
        kind="text",
        text=read.shown.text,
        parts=read.shown.parts,
        metadata=read.shown.metadata,
        reply_to=delegation.message_id,
        run=delegation.run_id,
        visible_to=delegation.visible_to,
        original=read.original,
    )
    store.append(delegation.conversation, draft, about)
    read.keep(delegation.reply, delegation.conversation_id, delegation.run_id)


def _ask(delegation: Delegation, question: Question) -> bool:
    """The conversation is asked first: what it knows already nobody has to say again."""
    asked = delegation_questions.read(delegation, question, _shown(delegation, question.prompt))
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        if asked is None:
            return _failed(delegation, Failure("bad_answer", "It asks for what no schema could describe."))
        return delegation_questions.put(delegation, asked)


def _hand_over(delegation: Delegation, handover: Handover) -> bool:
    """What one expert gives to another passes the filters, too."""
    given = Body("", ({"type": "data", "data": {"input": handover.input}},))
    read = _read(delegation.conversation, given, Stage.DELEGATION)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        if isinstance(read, str) or read.refused:
            return handing.over(delegation, replace(handover, input={}), "input_refused")
        read.keep(None, delegation.conversation_id, delegation.run_id)
        return handing.over(delegation, replace(handover, input=read.shown.parts[0]["data"]["input"]))


def _keep(delegation: Delegation, update: Update) -> bool:
    if isinstance(update, Later):
        return _wait(delegation, update)
    if isinstance(update, SignIn):
        return delegation_questions.sign_in(delegation, _shown(delegation, update.text))
    if isinstance(update, Rejection):
        return _end(delegation, DelegationState.REJECTED, "rejected", _shown(delegation, update.detail))
    return _failed(delegation, update if isinstance(update, Failure) else Failure("bad_answer", "It says nonsense."))


def _wait(delegation: Delegation, later: Later) -> bool:
    due: dict[str, Any] = {"step": "", "due_at": None}
    if later.poll is not None:
        pause = min(max(float(later.poll), 0.2), LONGEST_POLL)
        due = {"step": Step.POLL, "due_at": timezone.now() + timedelta(seconds=pause)}
    fields = {**due, "remote": later.remote[:200] or delegation.remote, "failures": 0, "crashes": 0}
    first = delegation.state == DelegationState.SUBMITTED
    if first:
        return delegations.move(delegation, DelegationState.WORKING, fields, expert_words.progress(None, ""))
    free = {"holder": "", "lease_until": None, **fields}
    moved = bool(Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt).update(**free))
    if moved:
        delegations.wake(delegation)
    return moved


def _failed(delegation: Delegation, failure: Failure) -> bool:
    """Again, where that may help; else by the fallback, where there is one; else it is the end."""
    allowed = delegation.expert.retries if delegation.expert else 0
    if failure.retry is not None and delegation.failures + delegation.crashes < allowed:
        failures = delegation.failures + 1
        pause = max(retries.backoff(delegation.failures), min(failure.retry, retries.LONGEST))
        due_at = timezone.now() + timedelta(seconds=pause)
        if due_at < delegation.deadline:
            return delegations.release(delegation, due_at, failures=failures)
    detail = _shown(delegation, failure.detail)
    return handing.fall_back(delegation, failure.reason) or _end(
        delegation, DelegationState.FAILED, failure.reason, detail
    )


def _end(delegation: Delegation, state: str, reason: str, detail: str) -> bool:
    detail = detail[:500]
    fields = {"reason": reason[:40], "detail": detail}
    moved = delegations.move(delegation, state, fields, {"reason": reason[:40], "detail": detail})
    if moved:
        _withdraw_parts(delegation, dict(log.SYSTEM))
        parking.go_on(delegation)
    return moved


def _withdraw_parts(delegation: Delegation, actor: dict[str, str]) -> None:
    """What it handed over is wanted by nobody any more."""
    cancel_all(delegation.children.all(), actor)


def _shown(delegation: Delegation, text: str) -> str:
    """What filters let through of a line; "" of what they refuse."""
    if not text:
        return ""
    read = _read(delegation.conversation, Body(str(text)[: expert_words.LONGEST_LINE]))
    return "" if isinstance(read, str) or read.refused else read.shown.text


def _count(delegation: Delegation) -> None:
    if delegation.expert_id and delegation.state in (DelegationState.COMPLETED, DelegationState.FAILED):
        experts.used(delegation.expert_id, delegation.state == DelegationState.FAILED)


def found(id: UUID) -> Delegation | None:
    """An open delegation with all that its end needs."""
    whole = Delegation.objects.select_related("conversation__workspace__context_policy", "expert__fallback")
    return whole.filter(id=id, state__in=delegation_states.OPEN).first()
