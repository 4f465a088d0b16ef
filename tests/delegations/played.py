"""Messages for handlers that a test makes up (`playing`), and their runs, carried on until nothing is due."""

from typing import Any
from uuid import UUID

from contexts.models import Conversation
from dispatch import submissions
from dispatch.delegation_models import Delegation
from dispatch.intake import receive
from dispatch.models import Run, RunState
from tests.delegations.consulted import carry, consult
from tests.people import Person


def ask(person: Person, conversation: Conversation, text: str = "hello", **metadata: Any) -> UUID:
    body = {"text": text, "kind": "test.playing", "metadata": metadata}
    return receive(submissions.parse(body, None), person.identity, conversation.id).run


def carry_on(run: UUID, most: int = 12) -> Run:
    """Its attempts and the steps of its experts, in turn, until it has ended or nothing more is due."""
    for _ in range(most):
        now = carry(run)
        if not consult() and now.state != RunState.QUEUED:
            break
    return Run.objects.get(id=run)


def run_of(delegation: Delegation) -> UUID:
    assert delegation.run_id
    return delegation.run_id
