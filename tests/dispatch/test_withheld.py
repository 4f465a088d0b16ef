"""Answers that filters refuse, or could not read: what is written of it, and what another attempt is for."""

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from contexts.models import Conversation, Message
from dispatch import conclusion, fallbacks, runs, stopping
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Run, RunState
from dispatch.outcomes import Outcome, Said
from dispatch.runs import Claim
from dispatch.submissions import parse
from security import screening
from security.material import Material
from security.screening import Action, Finding
from security.screening_models import KeptFinding
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)

RECORDS: tuple[dict[str, Any], ...] = ({"name": "one", "result": "replied", "ms": 1},)


def cancelled_meanwhile(material: Material) -> Material:
    for run in Run.objects.filter(state=RunState.RUNNING, stop=""):
        stopping.stop(run.id, RunState.CANCELED, {"kind": "staff", "id": "1"})
    return material


@screening.register("test_refusing", prepare=cancelled_meanwhile)
def refusing(material: Material) -> list[Finding]:
    return [Finding("refused", (0, 1), "high", action=Action.BLOCK)] if "Well" in material.whole else []


@screening.register("test_breaking")
def breaking(material: Material) -> list[Finding]:
    if "Well" in material.whole:
        raise ValueError("broken")
    return []


def claimed(person: Person, conversation: Conversation) -> Claim:
    claim = runs.claim(receive(parse({"text": "hi"}, None), person.identity, conversation.id).run, "here")
    assert claim
    return claim


def again(run: UUID) -> Claim:
    Run.objects.filter(id=run).update(due_at=timezone.now())
    claim = runs.claim(run, "here")
    assert claim
    return claim


def test_what_is_refused_while_it_is_stopped_is_found_once(
    ada: Person, conversation: Conversation, settings: Any
) -> None:
    claim = claimed(ada, conversation)
    settings.FILTERS = ["test_refusing"]

    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("Well")))

    assert Run.objects.get(id=claim.run).state == "canceled"
    [found] = KeptFinding.objects.all()
    assert (found.run, found.conversation, found.message) == (claim.run, conversation.id, None)


def test_what_could_not_be_screened_is_tried_again(ada: Person, conversation: Conversation, settings: Any) -> None:
    claim = claimed(ada, conversation)
    settings.FILTERS = ["test_breaking"]

    conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("Well"), "", RECORDS))

    run = Run.objects.get(id=claim.run)
    assert (run.state, run.failures, (run.error or {})["code"]) == ("queued", 1, "answer_unscreened")
    assert run.handlers[0]["result"] == "answer_unscreened"
    assert not Message.objects.filter(role="assistant").exists()
    second = again(claim.run)
    conclusion.conclude(second.run, second.attempt, Outcome(Reply("fine")))
    assert Message.objects.get(role="assistant").text == "fine"


def test_what_cannot_be_screened_in_the_end_is_withheld(ada: Person, conversation: Conversation, settings: Any) -> None:
    settings.RUN_ATTEMPTS = 1
    claim = claimed(ada, conversation)
    settings.FILTERS = ["test_breaking"]

    conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("Well")))

    assert Run.objects.get(id=claim.run).state == "dead"
    reply = Message.objects.get(role="assistant")
    assert reply.text == fallbacks.FALLBACK["answer_unscreened"]
    assert reply.metadata == {"fallback": True, "reason": "answer_unscreened"}


def test_what_could_not_be_screened_harms_no_other_reply(
    ada: Person, conversation: Conversation, settings: Any
) -> None:
    claim = claimed(ada, conversation)
    settings.FILTERS = ["test_breaking"]

    conclusion.conclude(
        claim.run, claim.attempt, Outcome(Reply("Well"), by="one", others=(Said("two", Reply("fine")),))
    )

    assert Run.objects.get(id=claim.run).state == "completed"
    assert Message.objects.get(role="assistant").text == "fine"


def test_what_cannot_be_screened_of_a_stopped_answer_is_not_tried_again(
    ada: Person, conversation: Conversation, settings: Any
) -> None:
    claim = claimed(ada, conversation)
    settings.FILTERS = ["test_breaking"]
    stopping.stop(claim.run, RunState.CANCELED, {"kind": "staff", "id": "1"})

    conclusion.conclude(claim.run, claim.attempt, Outcome(reason="stopped", shown="Well"))

    assert Run.objects.get(id=claim.run).state == "canceled"
    assert not Message.objects.filter(role="assistant").exists()
