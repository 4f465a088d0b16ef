"""The text so far is known everywhere at once, and without the cache from the row."""

import pytest
from django.core.cache import cache

from contexts.models import Conversation
from dispatch import partials, runs
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.submissions import parse
from tests.live import eventually
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(ada: Person, conversation: Conversation) -> Run:
    claim = runs.claim(receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run, "test")
    assert claim is not None
    runs.checkpoint(claim, "Once upon")
    return Run.objects.get(id=claim.run)


def test_cache_is_ahead_of_the_row(running: Run) -> None:
    def read_back() -> bool:
        partials.keep(running.id, running.attempt, "Once upon a time")
        return [run.partial for run in partials.filled([running])] == ["Once upon a time"]

    eventually(read_back)  # a cache that is just beginning, or met a busy machine, forgets


def test_row_stands_in_for_a_cache_that_forgot(running: Run) -> None:
    partials.keep(running.id, running.attempt, "Once upon a time")
    cache.clear()

    assert [run.partial for run in partials.filled([running])] == ["Once upon"]


def test_text_of_an_earlier_attempt_is_not_shown(running: Run) -> None:
    partials.keep(running.id, running.attempt, "Once upon a time")
    running.attempt += 1

    assert [run.partial for run in partials.filled([running])] == [""]
