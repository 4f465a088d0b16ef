"""Whatever happened to a conversation, what is loaded is what the rows say, computed slowly."""

from dataclasses import replace

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
    max_examples=pick(100, 6),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = 2_000  # bytes of a snapshot: most do not fit
STEP = st.tuples(st.sampled_from(["post", "answer", *DOORS]), st.integers(0, 999))
STEPS = st.lists(STEP, min_size=pick(40, 20), max_size=pick(80, 40))


@pytest.fixture
def readers(transactional_db, people):
    return [EVERYBODY, Reader(str(people["ada"].user.id)), Reader(str(people["bob"].user.id))]


@SETTINGS
@given(past=st.sampled_from([0, 0, 199]), size=st.sampled_from([FEW, 65_536]), limits=st.integers(0, 999), steps=STEPS)
def test_a_loaded_context_is_what_the_rows_say(people, readers, settings, past, size, limits, steps):
    settings.CONTEXT_SNAPSHOT_BYTES = size
    ContextPolicy.objects.all().delete()
    talk = Talk([people["ada"], people["bob"]])
    talk.policy(limits)
    talk.past(past)

    for door, number in steps:
        getattr(talk, door)(number)
        message = talk.one(-1 - number % 3, role="user", status="received")
        if message:
            assert_right(message, readers[number % len(readers)])


def assert_right(message, reader):
    reference = Reference(message, reader, timezone.now())
    found, right = shown.of(store.load(message, reader)), reference.shown()

    if reference.is_crowded:
        right = replace(right, summary=found.summary, tokens=found.tokens)
    assert found == right
    assert found.tokens <= reference.limits.tokens
