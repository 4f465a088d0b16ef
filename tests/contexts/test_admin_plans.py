"""Lists of what is known cost the same however many conversations there are."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contexts.knowledge import Entity, Mention, Pin, SummaryPart
from contexts.models import Conversation, Message
from project.models import Stream
from tests import admin_rows
from tests.people import Person
from tests.plans import explained
from tests.security.past import analyzed
from tests.security.test_admin_plans import reads_the_past

GROWING = {model._meta.db_table for model in (Conversation, Entity, Mention, Message, Pin, Stream, SummaryPart)}
ROWS = 4000


@pytest.fixture
def desk(client: Any, db: None) -> Any:
    client.force_login(admin_rows.staff("sue"))
    return client


def many(ada: Person) -> Conversation:
    """Conversations with one of everything each. Returns the last."""
    now = timezone.now()
    made: list[Conversation] = Conversation.objects.bulk_create(
        Conversation(workspace=ada.workspace, title=f"Talk {number}") for number in range(ROWS)
    )
    Stream.objects.bulk_create(Stream(key=talk.stream) for talk in made)
    Pin.objects.bulk_create(Pin(conversation=talk, text="note") for talk in made)
    SummaryPart.objects.bulk_create(SummaryPart(conversation=talk, level=0, number=0) for talk in made)
    seen = {"first_seen": now, "last_seen": now}
    Entity.objects.bulk_create(
        Entity(conversation=talk, type="place", value="Berlin", normal="berlin", **seen) for talk in made
    )
    analyzed()
    return made[-1]


def test_lists_read_a_page_of_rows_and_what_belongs_to_it(desk: Any, ada: Person) -> None:
    last = many(ada)
    asked = [{}, {"q": str(last.id)}, {"p": "3"}]

    for page in ("contextrow", "entity", "pin", "summarypart"):
        for question in asked:
            with explained(GROWING) as statements:
                shown = desk.get(reverse(f"admin:contexts_{page}_changelist"), question)

            assert shown.status_code == 200
            assert list(shown.context["cl"].result_list)
            grown = [str(statement) for statement in statements if reads_the_past(statement)]
            assert grown == [], f"{page} {question}\n" + "\n".join(grown)
