"""The desk: where staff take what is handed to experts that are people, and answer it.

Who has taken it speaks for its expert, and nobody else: each taking is an attempt of its own, which fences off whoever
had it before.
"""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dispatch import (
    delegation_ends,
    delegation_states,
    delegations,
    expert_words,
    fitting,
    open_delegations,
    reading,
)
from dispatch.delegation_models import Delegation, DelegationState, HumanDelegation
from integrations import human
from integrations.contract import Failure, Progress, Question, Rejection, Result, Update
from integrations.models import Expert
from project.errors import Conflict, SwitchboardError, Unprocessable
from security.material import Body, Stage
from security.models import User
from security.screening import ScreeningFailed

TAKEN: Final = "Somebody looks at it now."
GIVEN_BACK: Final = "It waits for somebody again."


class DelegationTaken(Conflict):
    code = "delegation_taken"
    title = "Somebody else has it"


class AnswerWithheld(Unprocessable):
    code = "answer_withheld"
    title = "A content filter does not let this through"


class AnswerUnfit(Unprocessable):
    code = "answer_unfit"
    title = "The answer is not what was agreed on"


def handed_to(user: User) -> QuerySet[HumanDelegation]:
    """What is, or was, handed to people of whom `user` is one; to a superuser all."""
    experts = Expert.objects.filter(adapter=human.NAME)
    if not user.is_superuser:
        teams = list(user.groups.values_list("name", flat=True))
        experts = experts.filter(~Q(settings__has_key="team") | Q(settings__team__in=teams))
    return HumanDelegation.objects.filter(expert__in=experts.values("id"))


def waiting(rows: QuerySet[HumanDelegation]) -> QuerySet[HumanDelegation]:
    """Those that people are to answer now: not those that ask the user, or wait for room."""
    return rows.filter(state=DelegationState.WORKING, step="")


def take(id: UUID, by: User, after: UUID | None = None) -> None:
    """Speak for its expert from now on. `after`: who is seen to have it; None: nobody.

    :raises DelegationOver: :raises DelegationTaken: when somebody was faster.
    """
    _hold(id, after, by, TAKEN)


def give_back(id: UUID, by: User) -> None:
    """:raises DelegationOver: :raises DelegationTaken: unless `by` has it."""
    _hold(id, by.id, None, GIVEN_BACK)


def say(id: UUID, by: User, update: Update) -> None:
    """What `by`, who has taken it, says for its expert. Of what is refused nothing is changed.

    :raises DelegationOver: :raises DelegationTaken: :raises AnswerWithheld: :raises AnswerUnfit:
    """
    found = open_delegations.find(id)
    if found.taken_by_id != by.id:
        raise DelegationTaken(_held_by(found))
    unfit = fitting.fitting(found, update)
    if isinstance(unfit, Failure) and unfit is not update:
        raise AnswerUnfit(unfit.detail)
    _screen(found, _body(found, update))
    if not delegation_ends.arrive(found, update, _actor(by)):
        raise DelegationTaken(_held_by(open_delegations.find(id)))


def _hold(id: UUID, before: UUID | None, after: User | None, told: str) -> None:
    """Pass it from one to another, if it still is where it is thought to be."""
    with transaction.atomic():
        found = open_delegations.locked(id)
        whose = Delegation.objects.filter(id=id, taken_by=before, state=DelegationState.WORKING, step="")
        now = timezone.now() if after else None
        if not whose.update(taken_by=after, taken_at=now, attempt=F("attempt") + 1, said=told):
            raise DelegationTaken(_held_by(found))
        actor = _actor(after) if after else {"kind": "staff", "id": str(before)}
        delegations.tell(found, "delegation.working", expert_words.progress(found.progress, told), actor)


def _held_by(found: Delegation) -> str:
    if found.state in delegation_states.ASKING:
        return "The user is being asked; it comes back with the answer."
    if found.step:
        return "It is on its way here; try again in a moment."
    who = found.taken_by
    return f"{who.username} has it now." if who else "Nobody has it at the moment. Take it first."


def _body(found: Delegation, update: Update) -> Body:
    """Everything that it would show to people."""
    if isinstance(update, Result):
        return expert_words.body(found, update)
    if isinstance(update, Question):
        return Body(update.prompt, ({"type": "data", "data": {"schema": update.schema}},))
    if isinstance(update, Progress):
        return Body(update.text)
    return Body(update.detail if isinstance(update, Rejection) else "")


def _screen(found: Delegation, body: Body) -> None:
    """Before it is said: an expert that is refused has failed, a person writes it otherwise.

    :raises AnswerWithheld:
    """
    try:
        read = reading.look(body, "text", None, found.conversation, Stage.ANSWER)
    except ScreeningFailed as error:
        raise AnswerWithheld("A content filter could not read it. Nothing was sent; try again.") from error
    except SwitchboardError as error:
        raise AnswerWithheld(f"A content filter refused it: {error.detail}") from error
    if read.refused:
        with transaction.atomic():
            read.keep(None, found.conversation_id, found.run_id)
        rules = ", ".join(sorted({f"{one.filter}: {one.rule}" for one in read.verdict.enforced}))
        raise AnswerWithheld(f"A content filter does not let this through ({rules}). Nothing was sent.")


def _actor(user: User) -> dict[str, str]:
    return {"kind": "staff", "id": str(user.id)}
