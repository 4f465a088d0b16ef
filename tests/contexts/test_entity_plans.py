"""What is recognised costs the same however many entities a conversation has."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contexts import conversations, corrections, entities, learning, unlearning
from contexts.knowledge import Entity, Mention
from contexts.models import Message
from project import log
from tests.contexts import history
from tests.contexts.said import fresh, say
from tests.people import Person, make_people
from tests.plans import explained
from tests.standing import standing

pytestmark = pytest.mark.django_db

MANY = 3000
GROWING = {model._meta.db_table for model in (Entity, Mention, Message)}


@pytest.fixture(scope="module")
def ada(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield Person(make_people()["ada"])


@pytest.fixture(scope="module")
def written(ada):
    """A conversation with thousands of entities, and as many mentions in a hundred of its messages."""
    conversation = conversations.create(ada.user, ada.workspace.id, {})
    history.give(conversation, 1000, "number {}".format, ada.user)
    messages = list(Message.objects.order_by("seq")[:100])
    now = timezone.now()
    rows = Entity.objects.bulk_create(
        Entity(
            conversation=conversation,
            type="place" if number % 2 else "date",
            value=f"Place {number}",
            normal=f"place {number}",
            first_seen=now,
            last_seen=now,
            first_seq=number,
            last_seq=number,
            count=1,
        )
        for number in range(MANY)
    )
    Mention.objects.bulk_create(
        Mention(entity=row, message=messages[number if number < 100 else -1], start=number, end=number + 1)
        for number, row in enumerate(rows)
    )
    with connection.cursor() as cursor:
        for table in sorted(GROWING):
            cursor.execute(f"ANALYZE {table}")
    return conversation


@pytest.fixture
def crowded(written):
    return fresh(written)


@contextmanager
def cheap():
    with explained(GROWING) as statements:
        yield
    assert statements
    grown = [str(statement) for statement in statements if statement.grows]
    assert not grown, "\n".join(grown)


@contextmanager
def locked(conversation):
    with transaction.atomic():
        log.lock(conversation.stream)
        yield


def test_learning_reads_no_more(ada, crowded):
    message = say(crowded, "My email is ada@lab.test, I live in Oslo, the deadline is 2027-03-01, not 2027-02-01", ada)
    learned = learning.read(crowded, message)
    assert len(learned.finds) == 4

    with locked(crowded), cheap():
        learning.keep(crowded, message, learned, 1, log.About(crowded.workspace_id))


def test_showing_them_reads_no_more(crowded):
    with cheap():
        assert len(entities.of(crowded.id)) == entities.MOST


@pytest.mark.parametrize("query", ["", "&all=true"])
def test_a_page_reads_no_more(ada, crowded, query):
    """The newest has been named by each message."""
    last = Entity.objects.latest("id")
    messages = Message.objects.filter(conversation=crowded).order_by("seq")[:99]
    Mention.objects.bulk_create(Mention(entity=last, message=message, start=0, end=1) for message in messages)
    Entity.objects.filter(id=last.id).update(count=100)

    with cheap():
        rows = ada.get(f"/api/v1/conversations/{crowded.id}/entities/?page_size=5{query}").json()["results"]

    assert [len(row["mentions"]) for row in rows] == [20, 1, 1, 1, 1]


def test_taking_a_message_back_reads_no_more(crowded):
    message = Message.objects.get(text="number 7")

    with locked(crowded), cheap():
        assert unlearning.unlearn(crowded, [message.id]) == 1


def test_correcting_and_removing_read_no_more(ada, crowded):
    one, other = Entity.objects.filter(normal__in=["place 8", "place 9"])

    with cheap():
        corrections.correct(ada.user, crowded, one.id, {"value": "Elsewhere", "pinned": True})
        corrections.remove(ada.user, crowded, other.id)
