"""What people said is no longer in a delegation than it is needed, or than the message is there from which it came."""

from typing import Any, Final

from contexts.models import Message
from dispatch.delegation_models import Delegation

CONTEXT: Final = "context"  # who answers a question where the conversation knows the answer
BLANK: Final[dict[str, Any]] = {  # digests too: short texts could be guessed by them
    "input": {},
    "artifacts": [],
    "constraints": {},
    "metadata": {},
    "call": "",
    "digest": "",
}
ANSWERED: Final[dict[str, Any]] = {"output": None, "text": ""}


def at_end(delegation: Delegation) -> dict[str, Any]:
    """The fields that change with its end: what was known of other messages goes, and what an edited one said; of what
    it was answered only by whom.
    """
    question, answer = delegation.question or {}, delegation.answer or {}
    fields = dict(BLANK) if _is_edited(delegation) else {}
    if question.get("prefill"):
        fields["question"] = unfilled(question)
    if answer:
        fields["answer"] = {"by": answer.get("by")}
    return fields


def unfilled(question: dict[str, Any]) -> dict[str, Any]:
    return {**question, "prefill": {}}


def _is_edited(delegation: Delegation) -> bool:
    """Whether its message has been changed since: an expert at work is not disturbed by that."""
    since = {"id": delegation.message_id, "edited_at__gt": delegation.created_at}
    return delegation.message_id is not None and Message.objects.filter(**since).exists()
