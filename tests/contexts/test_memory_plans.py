"""What is told of the past costs the same however long it is: no growing table is scanned."""

import pytest
from django.db import connection
from django.test import override_settings

from contexts import conversations, folding, relevance, summaries
from contexts.knowledge import SearchDocument, SummaryPart
from contexts.models import Message
from project.readers import EVERYBODY
from tests.contexts.past import past, sentence
from tests.contexts.said import fresh
from tests.people import Person, make_people
from tests.plans import explained
from tests.security.past import analyzed
from tests.standing import standing

pytestmark = pytest.mark.django_db

GROWING = {model._meta.db_table for model in (Message, SearchDocument, SummaryPart)}
GROWTH = 1.3


@pytest.fixture(scope="module")
def ada(django_db_setup, django_db_blocker):
    with standing(django_db_blocker), override_settings(CONTEXT_TOKENS=600):
        yield Person(make_people()["ada"])


@pytest.fixture(scope="module")
def written(ada):
    """Once, and for the planner to see."""
    made, other = (conversations.create(ada.user, ada.workspace.id, {}) for _ in range(2))
    past(made, ada, {seq: sentence(seq) for seq in range(1, 4001)})
    while folding.fold(made.id):
        pass
    SummaryPart.objects.bulk_create(
        (SummaryPart(conversation=other, level=0, number=number) for number in range(5000)), batch_size=400
    )
    analyzed()
    return made


@pytest.fixture
def long(written):
    return fresh(written)


def read(statements):
    assert statements
    assert not [str(statement) for statement in statements if statement.scanned]
    return sum(statement.read for statement in statements)


def test_the_parts_that_are_told_are_found(long):
    with explained(GROWING) as statements:
        parts = summaries.tops(long)

    assert 4 < len(parts) <= 21
    assert len(statements) == 1
    assert read(statements) <= {"postgresql": 50, "sqlite": 3000}[connection.vendor]


def test_a_part_is_spoiled(long):
    with explained(GROWING) as statements:
        assert folding.spoil(long, [70]) == 2

    read(statements)


@pytest.mark.parametrize(
    ("asked", "statements"),
    [("crates of oranges to Genoa", 2), ("the barge on day 77", 3), ("xylophone", 2), ("the of and", 0)],
)
def test_a_search_reads_no_more_of_a_longer_conversation(long, asked, statements):
    costs = []
    for before in (2000, 3900):
        with explained(GROWING) as found:
            relevance.recall(asked, long.id, before, EVERYBODY, 5)
        assert len(found) <= max(statements, 3) if statements else not found
        costs.append(read(found) if found else 0)

    assert costs[1] <= costs[0] * GROWTH + 500


def test_the_next_fold_reads_what_is_new(ada, long):
    past(long, ada, {seq: sentence(seq) for seq in range(4001, 4200)})

    with explained(GROWING) as statements:
        assert folding.fold(long.id)

    read(statements)
    assert max(statement.read for statement in statements) <= {"postgresql": 600, "sqlite": 40_000}[connection.vendor]


def test_parts_far_apart_are_renewed_without_reading_what_is_between(long):
    folding.spoil(long, [70, 3000])

    with explained(GROWING) as statements:
        assert folding.renew() == 4

    spoken = [statement for statement in statements if "contexts_message" in str(statement)]
    assert sum(statement.read for statement in spoken) <= {"postgresql": 600, "sqlite": 40_000}[connection.vendor]
