"""Somebody decides about a held message while another one does, or time, or it is archived: one of them wins."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from contexts import conversations
from contexts.models import Message
from dispatch import jobs, review
from dispatch.models import Review, Run
from project import metrics
from project.models import Event
from tests.marked_app import filters as _marked
from tests.people import Person, make_people
from tests.threads import at_once

OVER = ("message.released", "message.rejected")


@pytest.fixture
def held(transactional_db: None, settings: Any) -> tuple[Person, Review]:
    assert _marked.MARKS
    settings.FILTERS = ["shape", "marked"]
    ada = Person(make_people()["ada"])
    conversation = conversations.create(ada.user, ada.workspace.id, {})
    assert ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "HOLD ME"}).status_code == 202
    return ada, Review.objects.get()


def verb(ada: Person, waiting: Review, name: str) -> Callable[[], int]:
    return lambda: int(ada.post(f"/api/v1/review/{waiting.id}/{name}").status_code)


def outcome() -> tuple[str, int, list[str]]:
    """State of the message, how many runs, and what was told."""
    told = Event.objects.filter(type__in=OVER).values_list("type", flat=True)
    return Message.objects.get().status, Run.objects.count(), list(told)


def counted(state: str) -> float:
    return float(metrics.reviews.labels(state)._value.get())


RELEASED = ("received", 1, ["message.released"])
REFUSED = ("rejected", 0, ["message.rejected"])


def test_of_a_release_and_a_rejection_one_wins(held: tuple[Person, Review]) -> None:
    ada, waiting = held
    before = [counted(state) for state in ("released", "rejected")]

    answers = at_once([verb(ada, waiting, name) for name in ("release", "reject", "release", "reject")])

    assert sorted(answers) == [200, 409, 409, 409]
    assert outcome() == (RELEASED if answers.index(200) % 2 == 0 else REFUSED)
    after = [counted(state) for state in ("released", "rejected")]
    assert sum(after) == sum(before) + 1


def test_of_a_release_and_the_end_of_its_time_one_wins(held: tuple[Person, Review]) -> None:
    ada, waiting = held
    Review.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    answer, said = at_once([verb(ada, waiting, "release"), jobs.expire_reviews])

    assert (answer, said) in [(200, "0 expired"), (409, "1 expired")]
    assert outcome() == (RELEASED if answer == 200 else REFUSED)


def test_a_release_comes_before_or_after_who_archives(held: tuple[Person, Review]) -> None:
    ada, waiting = held
    away = partial(ada.patch, f"/api/v1/conversations/{waiting.conversation_id}/", {"archived": True})

    answer, archived = at_once([verb(ada, waiting, "release"), away])

    assert archived.status_code == 200
    assert answer in (200, 409)
    assert outcome() == (RELEASED if answer == 200 else ("quarantined", 0, []))


def test_nobody_having_decided_it_is_refused_when_its_time_is_over(held: tuple[Person, Review]) -> None:
    _, waiting = held
    assert review.expire() == 0
    Review.objects.update(expires_at=timezone.now())

    assert jobs.expire_reviews() == "1 expired"

    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("expired", None)
    event = Event.objects.get(type="message.rejected")
    assert (event.data["code"], event.data["reason"]) == ("message_expired", "expired")
    assert event.actor["kind"] == "system"
    assert review.expire() == 0
