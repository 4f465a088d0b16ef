"""The review queue costs the same however many messages were decided about, and however many wait."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contexts.models import Message, MessageRole, MessageStatus
from dispatch import admin_review, jobs
from dispatch.models import Review, ReviewState
from security.screening_models import KeptFinding
from tests.people import Person
from tests.plans import explained
from tests.security import past
from tests.security.test_admin_plans import reads_the_past

ROWS = 3000
GROWING = {model._meta.db_table for model in (Review, Message, KeptFinding)}


def written(person: Person, conversation: Any, state: str, count: int) -> None:
    now = timezone.now()
    first = Message.objects.count() + 1
    shown = {"role": MessageRole.USER, "kind": "text", "status": MessageStatus.QUARANTINED, "created_at": now}
    made = Message.objects.bulk_create(
        Message(conversation=conversation, seq=first + number, text="Hello", author=person.user, **shown)
        for number in range(count)
    )
    about = {"workspace": conversation.workspace_id, "state": state, "expires_at": now + timedelta(days=7)}
    Review.objects.bulk_create(Review(message=message, conversation=conversation, **about) for message in made)
    KeptFinding.objects.bulk_create(KeptFinding(message=message.id, start=0, end=5, score=1) for message in made)


@pytest.mark.parametrize("most", [ReviewState.HELD, ReviewState.REJECTED])
def test_a_page_of_the_queue_reads_a_page(ada: Person, client: Any, conversation: Any, most: str) -> None:
    rest = ReviewState.REJECTED if most == ReviewState.HELD else ReviewState.HELD
    written(ada, conversation, rest, 60)
    written(ada, conversation, most, ROWS)
    past.analyzed()
    client.force_login(ada.user)
    queue, api = reverse("admin:dispatch_review_changelist"), "/api/v1/review/?state="
    pages = [{}, {"state": "held"}, {"state": "rejected"}, {"state": "all"}, {"q": str(Review.objects.first())[-36:]}]
    asked: list[Callable[[], Any]] = [partial(client.get, queue, page) for page in pages]
    asked += [partial(ada.get, f"{api}{state}") for state in ("held", "all")]
    asked += [partial(admin_review.waiting, client), jobs.expire_reviews]

    for ask in asked:
        with explained(GROWING) as statements:
            ask()
        grown = [str(statement) for statement in statements if reads_the_past(statement)]
        assert grown == [], f"{ask}\n" + "\n".join(grown)
