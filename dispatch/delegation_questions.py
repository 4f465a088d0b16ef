"""Questions of experts: the conversation is asked first, then people. The first answer wins.

What is known in part is kept with the question, for who answers to see: `prefill`. No event quotes it, for it is what
other messages say, and it goes with them; the event names the fields.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from dispatch import delegations, expert_words, knowing, patience
from dispatch.delegation_blanks import CONTEXT, unfilled
from dispatch.delegation_models import Delegation, DelegationState, Step
from dispatch.knowing import Known
from integrations.contract import Question
from project import log, schemas
from project.schemas import BadSchema, Schema
from security.material import Body


@dataclass(frozen=True)
class Asked:
    """A question as it is put. `prompt`: as filters let it through."""

    prompt: str
    schema: Schema
    known: Known


def read(delegation: Delegation, question: Question, shown: Body) -> Asked | None:
    """None when no schema could describe what is asked. `shown`: as filters let it through; what may be known are
    fields that its schema names, for nobody reads the names of others. Outside of the transaction that puts it.
    """
    words = expert_words.question(shown)
    try:
        schema = schemas.read(words["schema"])
    except BadSchema:
        return None
    named = schema.document.get("properties", {})
    known = {field: meant for field, meant in question.known.items() if field in named}
    return Asked(words["prompt"], schema, knowing.look(delegation, replace(question, known=known), schema))


def put(delegation: Delegation, asked: Asked) -> bool:
    """Answer it from what is known, or ask people. In the transaction that locks the stream."""
    question = {"prompt": asked.prompt, "schema": asked.schema.document, "left": _left(delegation)}
    turn = delegation.turn + 1
    if asked.known.whole:
        answered = {"turn": turn, "question": question, **answer(asked.known.values, CONTEXT)}
        told = expert_words.progress(None, expert_words.KNOWN)
        return delegations.move(delegation, DelegationState.WORKING, answered, told)
    until = patience.begin(delegation)
    question |= {"prefill": asked.known.values, "until": log.wire_time(until)}
    fields = {"turn": turn, "question": question, "answer": None, "deadline": until}
    data = {"prompt": asked.prompt, "schema": asked.schema.document, "until": log.wire_time(until)}
    if asked.known.values:
        data["known"] = list(asked.known.values)
    return delegations.move(delegation, DelegationState.INPUT_REQUIRED, fields, data)


def sign_in(delegation: Delegation, detail: str) -> bool:
    """Ask somebody to sign in with the far side. In the transaction that locks the stream."""
    left, until = _left(delegation), patience.begin(delegation)
    question = {"left": left, "until": log.wire_time(until)}
    turn = delegation.turn + 1
    fields = {"turn": turn, "question": question, "answer": None, "deadline": until, "detail": detail}
    data = {"detail": detail, "until": log.wire_time(until)}
    return delegations.move(delegation, DelegationState.AUTH_REQUIRED, fields, data)


def answered(delegation: Delegation, value: Any, user: UUID) -> bool:
    """Resume its expert with what a person said; it has the time that was left when it asked. Under the lock."""
    patience.end(delegation)
    question = {name: said for name, said in (delegation.question or {}).items() if name != "until"}
    left = timedelta(seconds=question.get("left", 0))
    fields = {
        **answer(value, str(user)),
        "question": unfilled(question),
        "deadline": timezone.now() + left,
        "detail": "",
    }
    actor = {"kind": "user", "id": str(user)}
    return delegations.move(delegation, DelegationState.WORKING, fields, expert_words.progress(None, ""), actor)


def answer(value: Any, by: str) -> dict[str, Any]:
    """The fields with which an expert is resumed. `by`: a user's id, `context` or `expert`."""
    return {"answer": {"value": value, "by": by}, "step": Step.RESUME, "due_at": timezone.now()}


def shown(question: dict[str, Any] | None) -> dict[str, Any] | None:
    """As people see it; None where nothing is asked in words."""
    if not question or "schema" not in question:
        return None
    return {"prefill": {}, **{name: value for name, value in question.items() if name not in ("left", "until")}}


def _left(delegation: Delegation) -> float:
    return max(1.0, (delegation.deadline - timezone.now()).total_seconds())
