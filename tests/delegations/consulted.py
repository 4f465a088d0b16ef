"""Experts and delegations without anything that runs by itself: each step is taken by the test."""

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction

from contexts.models import Conversation
from dispatch import consulting, delegations, dispatcher, placing, submissions
from dispatch.delegation_models import Delegation
from dispatch.delegations import For
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.orders import Order
from integrations import python_experts
from integrations.models import Expert
from project import log
from project.models import Event
from security.models import Workspace
from tests.experts_app import experts  # noqa: F401 - registers them
from tests.people import Person

HERE = "here"


def expert(slug: str, /, workspace: Workspace | None = None, **fields: Any) -> Expert:
    """The row of an expert of `tests/experts_app`, by its name there."""
    found = python_experts.REGISTRY[slug]
    skills = [skill.as_json() for skill in found.definition.skills]
    usual = {"name": found.definition.name, "skills": skills, "adapter": "python", "settings": {"expert": slug}}
    return Expert.objects.create(workspace=workspace, **{"slug": slug, **usual, **fields})


def post(person: Person, conversation: Conversation, text: str = "Count these four words", **metadata: Any) -> UUID:
    return receive(submissions.parse({"text": text, "metadata": metadata}, None), person.identity, conversation.id).run


def place(person: Person, conversation: Conversation, slug: str, input: Any) -> Delegation:
    """Hand a task to an expert for which no run waits."""
    order = Order(slug, input)
    with transaction.atomic():
        log.lock(conversation.stream)
        placed = placing.place(order, conversation.workspace_id)
        return delegations.make(order, placed, For(conversation, person.user.id))


def carry(run: UUID) -> Run:
    async_to_sync(dispatcher.process)(run, HERE)
    return Run.objects.get(id=run)


def consult(limit: int = 10) -> int:
    """Do every step that is due now. Returns how many there were."""
    due = delegations.next_due(limit, HERE)
    for id in due:
        async_to_sync(consulting.process)(id, HERE)
    return len(due)


def the(run: UUID | None = None) -> Any:
    return Delegation.objects.get(**({"run": run} if run else {}))


def told(conversation: Conversation) -> list[str]:
    """The types of all events, in their order."""
    events = Event.objects.filter(stream=conversation.stream).order_by("seq")
    return [event.type for event in events]


def uses() -> int:
    """How many tasks all experts have ended."""
    return sum(Expert.objects.values_list("uses", flat=True))


def placed(ada: Person, conversation: Conversation, slug: str, count: int = 1) -> list[Delegation]:
    return [place(ada, conversation, slug, {"text": f"task {number}"}) for number in range(count)]


def begin(delegation: Delegation, holder: str = HERE) -> delegations.Claim:
    claim = delegations.claim(delegation.id, holder)
    assert claim
    return claim
