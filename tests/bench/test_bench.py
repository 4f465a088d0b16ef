"""The benchmark still runs, against servers that still answer. Its figures are those of `make bench`."""

import pytest
from django.conf import settings

from tests.bench import screening
from tests.bench.knowing import Talks
from tests.bench.rows import Size, measure
from tests.modes import PRODUCTION


@pytest.mark.skipif(PRODUCTION, reason="once is enough to see that it runs: `make bench` measures both modes")
def test_benchmark_measures_every_row() -> None:
    talks = Talks(short=20, long=40, times=1, touched=3)
    ratios = measure(Size(senders=2, seconds=0.5, followers=((10, 1),), rounds=1, sign_ins=5, screened=5, talks=talks))

    assert len(ratios) == 4 + 6 + len(screening.GOALS) + len(settings.FILTERS)  # the views instead of staff's rules
    assert all(ratio > 0 for ratio in ratios)
