"""Whatever happened to a conversation, what is loaded is what the rows say, computed slowly."""

import hypothesis
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from contexts import store
from contexts.knowledge import ContextPolicy
from project.readers import EVERYBODY, Reader
from tests.contexts import shown
from tests.contexts.reference import Reference
from tests.contexts.talk import DOORS, Talk
from tests.outage.scale import pick

pytestmark = pytest.mark.drill

SETTINGS = hypothesis.settings(
    max_examples=pick(400, 20),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STEP = st.tuples(st.sampled_from(["post", "answer", *DOORS]), st.integers(0, 999))
STEPS = st.lists(STEP, min_size=pick(40, 20), max_size=pick(80, 40))


@pytest.fixture
def readers(transactional_db, people):
    return [EVERYBODY, Reader(str(people["ada"].user.id)), Reader(str(people["bob"].user.id))]


@SETTINGS
@given(size=st.sampled_from([2_000, 65_536]), limits=st.integers(0, 999), steps=STEPS)
def test_a_loaded_context_is_what_the_rows_say(people, readers, settings, size, limits, steps):
    settings.CONTEXT_SNAPSHOT_BYTES = size
    ContextPolicy.objects.all().delete()
    talk = Talk([people["ada"], people["bob"]])
    talk.policy(limits)

    for door, number in steps:
        getattr(talk, door)(number)
        message = talk.one(-1 - number % 3, role="user", status="received")
        if message:
            assert_right(message, readers[number % len(readers)])


def assert_right(message, reader):
    reference = Reference(message, reader, timezone.now())

    assert shown.of(store.load(message, reader)) == reference.shown()
    assert reference.shown().tokens <= reference.limits.tokens
