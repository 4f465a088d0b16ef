"""What comes of a step of a delegation: progress, a question, a pause, or its end. Here what experts say is screened.

The end is one transaction: message, events, state, and the turn of who waits for it.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contexts import store
from contexts.messages import Draft
from contexts.models import MessageRole
from dispatch import (
    callbacks,
    delegation_progress,
    delegation_questions,
    delegation_states,
    delegations,
    expert_screening,
    expert_words,
    fitting,
    handing,
    parking,
    retries,
    unwanted,
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
from security.material import Stage

logger = logging.getLogger(__name__)

CANCELS: Final = 3
LONGEST_POLL: Final = 3600.0


def conclude(claim: Claim, update: Update) -> bool:
    """Write down what a step ended with. False when this claim does not hold it any more: what came is refused."""
    delegation = delegations.still_open(claim)
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
    update = fitting.fitting(delegation, update)
    if isinstance(update, Progress):
        rows = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt)
        return delegation_progress.tell(delegation, rows, update)
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
    moved = delegations.move(delegation, DelegationState.CANCELED, unwanted.telling(delegation), {}, actor)
    if moved:
        delegations.wake(delegation)
        _let_go(delegation, actor)
    return moved


def withdraw(run: Run) -> None:
    """Cancel what its handlers asked for: nobody waits for it any more. In the transaction that locks the stream."""
    if run.attempt > 0:
        its = Delegation.objects.filter(run=run)
        its.filter(state__in=delegation_states.OPEN).update(awaited=False)  # their end is no reason to go on
        cancel_all(its, run.stop_actor or dict(log.SYSTEM))


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


def fall_back(delegation: Delegation, because: str) -> bool:
    """As `handing.fall_back()`. What others do for the expert before it nobody wants any more. Under the lock."""
    fell = handing.fall_back(delegation, because)
    if fell:
        cancel_all(delegation.children.all(), dict(log.SYSTEM))
    return fell


def _is_at_work(delegation: Delegation) -> bool:
    """Whether it still is, and nobody else has begun it anew. Under the lock; progress may have been told meanwhile.

    The row is locked, too: a claim asks for no lock of a stream. What a callback said counts as taken from now on.

    :raises Repeated: when it was taken before.
    """
    rows = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt, state__in=delegation_states.AT_WORK)
    state = rows.select_for_update(no_key=True).values_list("state", flat=True).first()
    if state is None:
        return False
    delegation.state = state
    callbacks.note(delegation)
    return True


def _complete(delegation: Delegation, result: Result) -> bool:
    """Screened before anything of it is written."""
    body = expert_words.body(delegation, result)
    read = expert_screening.read(delegation.conversation, body)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        if isinstance(read, str) or read.refused:
            return _withhold(delegation, read)
        _store(delegation, read)
        output, text = expert_words.unpacked(read.shown)
        fields = {"output": output, "text": text, "progress": 1.0, "remote": ""}
        if not delegations.move(delegation, DelegationState.COMPLETED, fields, {"message": str(delegation.reply)}):
            raise RuntimeError("a delegation moved on while its row was locked")  # its message must not stay
        _count(delegation)
        _let_go(delegation, dict(log.SYSTEM))
        return True


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
    read = expert_screening.read(delegation.conversation, expert_words.asked(question))
    put = None if isinstance(read, str) or read.refused else delegation_questions.read(delegation, question, read.shown)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        if isinstance(read, str) or read.refused:
            return _withhold(delegation, read)
        if put is None:
            return _failed(delegation, Failure("bad_answer", "It asks for what no schema could describe."))
        return delegation_questions.put(delegation, put)


def _hand_over(delegation: Delegation, handover: Handover) -> bool:
    """What one expert gives to another passes the filters, too."""
    read = expert_screening.read(delegation.conversation, expert_words.given(handover), Stage.DELEGATION)
    with transaction.atomic():
        log.lock(delegation.conversation.stream)
        if not _is_at_work(delegation):
            return False
        if isinstance(read, str) or read.refused:
            return handing.over(delegation, Handover("", {}), "input_refused")
        read.keep(None, delegation.conversation_id, delegation.run_id)
        return handing.over(delegation, expert_words.handover(read.shown))


def _withhold(delegation: Delegation, read: Screened | str) -> bool:
    """End it: nothing of what it said may be shown."""
    if not isinstance(read, str):
        read.keep(None, delegation.conversation_id, delegation.run_id)
        read = "answer_refused"
    return _end(delegation, DelegationState.FAILED, read, expert_words.WITHHELD)


def _keep(delegation: Delegation, update: Update) -> bool:
    if isinstance(update, Later):
        return _wait(delegation, update)
    if isinstance(update, SignIn):
        return delegation_questions.sign_in(delegation, expert_screening.shown(delegation, update.text))
    if isinstance(update, Rejection):
        return _end(delegation, DelegationState.REJECTED, "rejected", expert_screening.shown(delegation, update.detail))
    return _failed(delegation, update if isinstance(update, Failure) else Failure("bad_answer", "It says nonsense."))


def _wait(delegation: Delegation, later: Later) -> bool:
    due: dict[str, Any] = {"step": "", "due_at": None}
    if later.poll is not None:
        pause = min(max(later.poll, 0.2), LONGEST_POLL)
        due = {"step": Step.POLL, "due_at": timezone.now() + timedelta(seconds=pause)}
    fields = {**due, "remote": later.remote or delegation.remote, "failures": 0, "crashes": 0}
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
            return delegations.again(delegation, due_at, failures)
    detail = expert_screening.shown(delegation, failure.detail)
    return fall_back(delegation, failure.reason) or _end(delegation, DelegationState.FAILED, failure.reason, detail)


def _end(delegation: Delegation, state: str, reason: str, detail: str) -> bool:
    """Who is late, or goes on without us, is told that nobody waits any more."""
    told = {"reason": reason, "detail": detail[: delegations.LONGEST_DETAIL]}
    moved = delegations.move(delegation, state, told | unwanted.left(delegation), told)
    if moved:
        _count(delegation)
        _let_go(delegation, dict(log.SYSTEM))
    return moved


def _let_go(delegation: Delegation, actor: dict[str, str]) -> None:
    """Of one that has ended: cancel what others do for it, and wake who waits for it."""
    cancel_all(delegation.children.all(), actor)
    parking.go_on(delegation)


def _count(delegation: Delegation) -> None:
    """For the failure rate of its expert, if it ever began; after the commit, so that its row is locked by nobody who
    holds a stream.
    """
    failed = delegation.state == DelegationState.FAILED and delegation.attempt > 0
    if delegation.expert_id and (failed or delegation.state == DelegationState.COMPLETED):
        transaction.on_commit(partial(experts.used, delegation.expert_id, failed))


def found(id: UUID) -> Delegation | None:
    """An open delegation with all that its end needs."""
    whole = Delegation.objects.select_related("conversation__workspace__context_policy", "expert__fallback")
    return whole.filter(id=id, state__in=delegation_states.OPEN).first()
