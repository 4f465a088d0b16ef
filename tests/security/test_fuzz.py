"""No text crashes or holds up the filters that ship, whatever it is made of."""

import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from security.evasions import EVASIONS
from security.excess import TooMuchToScreen
from security.material import Material, Stage
from security.screening import FILTERS, Action, screen
from tests.naughty import STRINGS
from tests.outage.scale import pick

pytestmark = [pytest.mark.django_db, pytest.mark.drill]

SETTINGS = settings(
    max_examples=pick(20_000, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PIECES = st.sampled_from(STRINGS) | st.text(max_size=30) | st.sampled_from(" \n\u200b\u0301%&\\'\"<>=();-#/*")
TEXTS = st.builds(
    lambda pieces, evasion: (
        EVASIONS[evasion](text) if evasion and len(text := "".join(pieces)) < 5000 else "".join(pieces)
    ),
    st.lists(PIECES, min_size=1, max_size=8),
    st.none() | st.sampled_from(sorted(EVASIONS)),
)
SIZE = pick(30_000, 5_000)
LISTED = [name for name in configured.FILTERS if name != "shape"]  # that one refuses what is empty, and is right


@pytest.fixture(autouse=True)
def _all_but_shape(settings, patient):
    settings.FILTERS = LISTED


@given(text=TEXTS, stage=st.sampled_from([Stage.INTAKE, Stage.ANSWER]))
@example(text="\ud83d", stage=Stage.ANSWER)
@SETTINGS
def test_whatever_is_said_gets_a_verdict(text, stage):
    material = Material(text, ({"type": "data", "data": {"a": [text]}},), stage=stage)

    try:
        verdict = screen(material)
    except TooMuchToScreen:
        assert len(material.whole) > 100_000  # characters of which each is hostile
        return

    assert verdict.action in Action
    assert verdict.shown(material).parts


@pytest.mark.parametrize("name", LISTED)
def test_naughty_strings_of_the_greatest_length_end_in_time(name, settings):
    settings.FILTERS = [name]

    for text in STRINGS[:: pick(1, 11)]:
        assert screen(Material((text * SIZE)[:SIZE])).action in Action, text[:40]
    assert name in FILTERS
