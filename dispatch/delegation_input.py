"""What people answer to the questions of experts. It is read as a message is, and the first answer wins."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dispatch import delegating, delegation_questions, delegation_states, reading
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.reading import Screened
from project import log, schemas
from project.errors import Conflict, Unprocessable
from security import access, limits
from security.material import Body
from security.models import User

DONE: Final = "done"  # what is said where somebody was to sign in


class NothingAsked(Conflict):
    code = "delegation_not_asking"
    title = "The expert asks nothing now; somebody may have answered before"


class AnswerUnfit(Unprocessable):
    code = "answer_unfit"
    title = "The answer does not have the form that the expert asks for"


@dataclass(frozen=True)
class Given:
    """An answer, once filters have read it, to the question that `delegation` had then."""

    delegation: Delegation
    value: Any
    screened: Screened


def read(user: User, id: UUID, value: Any) -> Given:
    """:raises NotFound: or Forbidden, for who may not write there. :raises NothingAsked: naming the state.
    :raises MessageBlocked: or a sibling, when screening refuses. :raises AnswerUnfit: with pointers.
    """
    delegation = delegating.find(user, id, access.CHAT)
    _check_asking(delegation)
    if delegation.state == DelegationState.AUTH_REQUIRED and value is None:
        value = DONE
    body = Body("", ({"type": "data", "data": {"answer": value}},))
    screened = reading.look(body, "text", user.id, delegation.conversation)
    if screened.refused:
        screened.refuse(delegation.conversation_id, user.id)
    shown = screened.shown.parts[0]["data"]["answer"]
    schema = (delegation.question or {}).get("schema", {})
    faults = schemas.read(schema).violations(shown, "/answer")
    if faults:
        raise AnswerUnfit(errors=faults)
    return Given(delegation, shown, screened)


@transaction.atomic
def give(given: Given, user: User) -> None:
    """Resume the expert with it.

    :raises NothingAsked: when somebody was faster, or it has ended. :raises ConversationArchived: first take it back.
    :raises RateLimited: it counts as a message does.
    """
    conversation = given.delegation.conversation
    log.lock(conversation.stream)
    delegating.check_open(conversation)
    now = Delegation.objects.select_related("conversation").get(id=given.delegation.id)
    _check_asking(now)
    if _asked(now) != _asked(given.delegation) or not delegation_questions.answered(now, given.value, user.id):
        raise NothingAsked("It asks something else by now.")
    given.screened.keep(None, conversation.id, now.run_id)
    # Last: the row is theirs in all conversations, and locked until commit.
    limits.spend("messages", user.id, *settings.LIMITS["messages"])


def _check_asking(delegation: Delegation) -> None:
    if delegation.state not in delegation_states.ASKING:
        raise NothingAsked(f"The delegation is {delegation.state}.")


def _asked(delegation: Delegation) -> tuple[str, Any, Any]:
    question = delegation.question or {}
    return delegation.state, question.get("prompt"), question.get("schema")
