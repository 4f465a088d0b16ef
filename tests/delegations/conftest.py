"""A far side for each test, to which this process may go."""

from collections.abc import Iterator

import pytest

from tests.experts_app.far_side import FarSide, far_side


@pytest.fixture
def far(settings) -> Iterator[FarSide]:
    with far_side() as made:
        settings.OUTGOING_ALLOW = [made.allow]
        yield made
