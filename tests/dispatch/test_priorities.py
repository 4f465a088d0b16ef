"""Priority orders conversations and starves none: under a load of high ones that never ends, a low one is served."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from django.db.models import F

from contexts import conversations
from dispatch import conclusion, runs
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.outcomes import Outcome
from dispatch.submissions import parse
from tests.people import Person

pytestmark = pytest.mark.django_db

PASS = timedelta(seconds=10)
STEP = runs.HEAD_START // PASS  # in how many passes a run grows older by what one priority is ahead of the next


def said(person: Person, priority: str) -> UUID:
    """A run in a conversation of its own."""
    conversation = conversations.create(person.user, person.workspace.id, {})
    body = {"text": "hi", "metadata": {"priority": priority}}
    return receive(parse(body, None), person.identity, conversation.id).run


def served() -> str:
    """Carry out what is due first, by a process that does one thing at a time. Its priority."""
    (run,) = runs.next_due(1, "one")
    claim = runs.claim(run, "one")
    assert claim
    conclusion.conclude(run, claim.attempt, Outcome(Reply("done")))
    return {1: "high", 0: "normal", -1: "low"}[Run.objects.get(id=run).priority]


def passes(*people: Person) -> Iterator[str]:
    """In each pass two high ones come and one run is served, then time goes on. What is served."""
    for _ in count():
        for person in people:
            said(person, "high")
        yield served()
        Run.objects.filter(state="queued").update(rank=F("rank") - PASS)


def test_low_run_is_served_while_more_high_ones_come_than_can_be_served(ada: Person, eve: Person) -> None:
    said(eve, "low")

    turns = [turn for turn, _ in zip(passes(ada, eve), range(5 * STEP), strict=False)]

    first = turns.index("low")
    assert turns[:first] == ["high"] * first
    # Two steps older than the high ones that come then; those that were there before, two in each pass, go first.
    assert STEP <= first <= 4 * STEP + 2


def test_normal_run_is_served_before_a_low_one_of_the_same_time_and_after_high_ones(ada: Person, eve: Person) -> None:
    said(eve, "low")
    said(ada, "normal")

    turns = [turn for turn, _ in zip(passes(ada, eve), range(6 * STEP), strict=False) if turn != "high"]

    assert turns == ["normal", "low"]
